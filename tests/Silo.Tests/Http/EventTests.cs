using System.Net.ServerSentEvents;
using System.Text.Json;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>One stream a client says which sweeps changed, from where the client was.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task Who_comes_hears_of_everything_then_of_what_changes_and_who_comes_back_of_what_it_missed()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        string sweep, last;
        await using (var events = await Listen(cluster, null))
        {
            Assert.Null((await events.Next()).Sweeps); // look at everything
            sweep = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;
            await events.Until(change => change.Sweeps?.Contains(sweep) == true);
            await cluster.Client.Ended(sweep);
            last = events.LastId;
        }
        var other = (await cluster.Client.Submit(TestSweeps.Document("other", layers: "[1]"), Cancellation)).Id;
        await cluster.Client.Ended(other);

        await using var again = await Listen(cluster, last);
        await again.Until(change => change.Sweeps?.Contains(other) == true);
    }

    [Theory]
    [InlineData("123456")]
    [InlineData("0123456789ab.1")] // lower than this process's numbers may be
    public async Task A_number_of_a_server_that_is_gone_is_no_place_to_go_on_from(string last)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        await cluster.Client.Ended((await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id);
        await using var events = await Listen(cluster, last);

        Assert.Null((await events.Next()).Sweeps);
    }

    [Fact]
    public async Task A_stream_ends_with_the_token_that_opened_it()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        var book = new TokenBook(Path.Combine(kept.Path, "tokens.json"));
        book.Create("stays", TokenScope.Read, DateTimeOffset.UnixEpoch);
        var token = book.Create("reader", TokenScope.Read, DateTimeOffset.UnixEpoch);
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: book);
        await using var events = await Listen(cluster, null, token);
        await events.Next();

        book.Revoke("reader");

        await events.Ends();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<Stream> Listen(EmbeddedCluster cluster, string? last, string? token = null)
    {
        var http = OrchestratorClient.CreateHttp(cluster.Client.Address, token);
        var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events");
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        response.EnsureSuccessStatusCode();
        return new Stream(http, response, SseParser.Create(await response.Content.ReadAsStreamAsync(Cancellation)));
    }

    private sealed class Stream(HttpClient http, HttpResponseMessage response, SseParser<string> parser) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> _items = parser.EnumerateAsync(Cancellation).GetAsyncEnumerator(Cancellation);

        public string LastId => parser.LastEventId;

        public async Task<ChangeEvent> Next()
        {
            Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
            return JsonSerializer.Deserialize<ChangeEvent>(_items.Current.Data, Contracts.Json.Options)!;
        }

        public async Task Until(Predicate<ChangeEvent> wanted)
        {
            while (!wanted(await Next()))
            {
            }
        }

        public async Task Ends()
        {
            while (await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation))
            {
            }
        }

        public async ValueTask DisposeAsync()
        {
            response.Dispose();
            http.Dispose();
            await Task.CompletedTask;
        }
    }
}
