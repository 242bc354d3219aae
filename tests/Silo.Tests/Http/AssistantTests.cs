using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Orchestrator.Client;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Assistants over HTTP, by the protocol's own client: they are told what the API answers, and may do what their token may.</summary>
public sealed class AssistantTests
{
    private const string Yaml = """
        name: asked
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 32 }
        data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
        train: { steps: 100, batch: 32 }
        snapshots: { every: 50 }
        measure: [heads]
        seeds: 0..1
        """;

    [Fact]
    public async Task An_assistant_reads_and_plans_with_a_read_token_and_starts_sweeps_with_a_submit_token_alone()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        var book = new TokenBook(Path.Combine(kept.Path, "tokens.json"));
        var (reader, submitter) = (book.Create("reader", TokenScope.Read, DateTimeOffset.UnixEpoch), book.Create("submitter", TokenScope.Submit, DateTimeOffset.UnixEpoch));
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: book);

        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, null));
        using (var nobody = OrchestratorClient.CreateHttp(cluster.Client.Address, null))
        using (var somebody = OrchestratorClient.CreateHttp(cluster.Client.Address, reader))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("mcp", Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await somebody.GetAsync("mcp", Cancellation)).StatusCode); // the protocol's word for: no stream here
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<HttpRequestException>(() => Connect(cluster, "orc_0"))).StatusCode);

        await using var reading = await Connect(cluster, reader);
        Assert.Equal("orchestrator", reading.ServerInfo?.Name);
        Assert.Equal(
            ["compare_groups", "describe_tables", "group_table", "list_sweeps", "plan_sweep", "query", "submit_sweep"],
            (await reading.ListToolsAsync(cancellationToken: Cancellation)).Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.Equal(2, (int)JsonNode.Parse(Said(await Call(reading, "plan_sweep", ("yaml", Yaml))))!["runs"]!["total"]!);
        var refused = await Call(reading, "submit_sweep", ("yaml", Yaml));
        Assert.True(refused.IsError);
        Assert.Contains("'reader' has the scope read, and this takes submit", Said(refused), StringComparison.Ordinal);
        Assert.Equal("[]", Said(await Call(reading, "list_sweeps")));

        await using var submitting = await Connect(cluster, submitter);
        Assert.True((bool)JsonNode.Parse(Said(await Call(submitting, "submit_sweep", ("yaml", Yaml))))!["created"]!);
        Assert.Equal("asked", (string?)JsonNode.Parse(Said(await Call(reading, "list_sweeps")))![0]!["name"]);
    }

    [Fact]
    public async Task A_question_is_answered_and_a_refusal_says_why()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        await cluster.Client.Submit(TestSweeps.Document(), Cancellation);
        await using var assistant = await Connect(cluster, null);

        var answer = await Call(assistant, "query", ("sql", "select count(*) as n from runs"));
        Assert.Equal(6, (int)JsonNode.Parse(Said(answer))!["rows"]![0]![0]!);
        var unknown = await Call(assistant, "group_table", ("sweep", "nosuchsweep"));
        Assert.True(unknown.IsError);
        Assert.Contains("'nosuchsweep' is no sweep", Said(unknown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_file_of_the_server_is_opened_for_an_assistant()
    {
        using var folder = new TestFolder();
        var secret = Path.Combine(folder, "secret.txt");
        await File.WriteAllTextAsync(secret, "a text of this machine", Cancellation);
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        await using var assistant = await Connect(cluster, null);
        foreach (var path in new[] { secret, Path.Combine(folder, "missing.txt"), "/**/*.txt" })
        {
            var answer = await Call(assistant, "plan_sweep", ("yaml", Yaml.Replace("kind: repeated-segments, vocab: 32, segment: [4, 8]", $"kind: text, files: ['{path}'], tokenizer: bytes, vocab: 257", StringComparison.Ordinal)));
            Assert.True(answer.IsError);
            Assert.Contains("paths are not opened here", Said(answer), StringComparison.Ordinal); // the same whether it is there or not
        }
    }

    [Fact]
    public async Task A_page_of_somebody_else_reaches_no_assistant()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, null));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, ("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, ("Host", "evil.example")));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<McpClient> Connect(EmbeddedCluster cluster, string? token)
    {
        var options = new HttpClientTransportOptions
        {
            Endpoint = new Uri(cluster.Client.Address, "mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = token is null ? [] : new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        };
        return await McpClient.CreateAsync(new HttpClientTransport(options), cancellationToken: Cancellation);
    }

    private static async Task<CallToolResult> Call(McpClient client, string tool, params (string Name, object? Value)[] arguments) =>
        await client.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => argument.Value), cancellationToken: Cancellation);

    private static string Said(CallToolResult answer) => Assert.IsType<TextContentBlock>(Assert.Single(answer.Content)).Text;

    private static async Task<HttpStatusCode> Ask(EmbeddedCluster cluster, (string Name, string Value)? header)
    {
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "mcp")
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        if (header is { } sent)
        {
            request.Headers.TryAddWithoutValidation(sent.Name, sent.Value);
        }
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
