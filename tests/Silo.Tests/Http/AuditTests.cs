using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Orchestrator.Client;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Who did what, from where, is written down; where a proxy stands before the server, it is who asked the proxy.</summary>
public sealed class AuditTests
{
    private const string Token = "a secret of this test";

    [Fact]
    public async Task Who_changed_something_signed_in_or_was_refused_is_written_down_without_a_token()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        using var lines = new AuditLines();
        var book = new TokenBook(Path.Combine(kept.Path, "tokens.json"));
        var (reader, submitter) = (book.Create("reader", TokenScope.Read, DateTimeOffset.UnixEpoch), book.Create("submitter", TokenScope.Submit, DateTimeOffset.UnixEpoch));
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: book, audit: lines);
        var document = TestSweeps.Document();
        using (var browser = OrchestratorClient.CreateHttp(cluster.Client.Address, null))
        {
            Assert.Equal(HttpStatusCode.NoContent, (await browser.PostAsJsonAsync("api/v1/session", new { token = reader }, Cancellation)).StatusCode);
        }
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        foreach (var path in new[] { "api/v1/session", "api/v1/sweeps" })
        {
            using var refused = await http.PostAsJsonAsync(path, new { token = "orc_wrong", document }, Cancellation);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (refused.StatusCode, refused.Headers.WwwAuthenticate.Single().Scheme));
        }
        await Assert.ThrowsAsync<ServerErrorException>(() => new OrchestratorClient(OrchestratorClient.CreateHttp(cluster.Client.Address, reader)).Submit(document, Cancellation));
        await new OrchestratorClient(OrchestratorClient.CreateHttp(cluster.Client.Address, submitter)).Submit(document, Cancellation);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "api/v1/sweeps") { Headers = { { "Origin", "http://evil.example" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(foreign, Cancellation)).StatusCode);

        await lines.Has(6, Cancellation);
        Assert.Equal(
            [
                "token reader at 127.0.0.1: POST /api/v1/session was answered with 204",
                "anybody at 127.0.0.1: POST /api/v1/session was refused with 401: no token of this server",
                "anybody at 127.0.0.1: POST /api/v1/sweeps was refused with 401: no token of this server",
                "token reader at 127.0.0.1: POST /api/v1/sweeps was refused with 403: it allows read, and this takes submit",
                "token submitter at 127.0.0.1: POST /api/v1/sweeps was answered with 200",
                "a page at 127.0.0.1: GET /api/v1/sweeps was refused with 403: A page of another origin may neither read nor change anything here. Use the command line, or a page of this server.",
            ],
            lines.Written);
    }

    [Fact]
    public async Task Behind_a_proxy_answers_are_packed_and_the_audit_names_who_asked_the_proxy()
    {
        using var folder = new TestFolder();
        using var lines = new AuditLines();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token, publicUrl: new Uri("https://orch.example.com"), audit: lines);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, Token);

        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/tables") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var answer = await http.SendAsync(request, Cancellation);
        using var refused = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/v1/sweeps") { Headers = { { "Authorization", "Bearer wrong" }, { "X-Forwarded-For", "203.0.113.7" } } }, Cancellation);

        Assert.Equal("gzip", answer.Content.Headers.ContentEncoding.Single());
        await using var content = new GZipStream(await answer.Content.ReadAsStreamAsync(Cancellation), CompressionMode.Decompress);
        Assert.NotNull(await JsonNode.ParseAsync(content, cancellationToken: Cancellation));
        await lines.Has(1, Cancellation);
        Assert.Equal(["anybody at 203.0.113.7: GET /api/v1/sweeps was refused with 401: no token of this server"], lines.Written);
    }

    [Fact]
    public async Task Nobody_says_from_where_he_asks_and_nothing_is_packed_where_no_proxy_is_named()
    {
        using var folder = new TestFolder();
        using var lines = new AuditLines();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token, audit: lines);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, "wrong");
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/tables") { Headers = { { "X-Forwarded-For", "203.0.113.7" }, { "Accept-Encoding", "gzip" } } };
        using var refused = await http.SendAsync(request, Cancellation);

        Assert.Empty(refused.Content.Headers.ContentEncoding);
        await lines.Has(1, Cancellation);
        Assert.StartsWith("anybody at 127.0.0.1:", Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    private sealed class AuditLines : ILoggerProvider, ILogger
    {
        private readonly List<string> _written = [];

        public IReadOnlyList<string> Written
        {
            get
            {
                lock (_written)
                {
                    return [.. _written];
                }
            }
        }

        /// <summary>Waits for as many: a line is written when its answer has gone.</summary>
        public async Task Has(int count, CancellationToken cancellation)
        {
            for (var tries = 0; Written.Count < count && tries < 100; tries++)
            {
                await Task.Delay(50, cancellation);
            }
        }

        public ILogger CreateLogger(string categoryName) => categoryName == "Orchestrator.Audit" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_written)
            {
                _written.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
