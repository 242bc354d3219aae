using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.Client;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Sweep files as they are written, from who has no specification language at hand: the page.</summary>
public sealed class SweepFileTests
{
    private const string Yaml = """
        name: written
        model: { layers: 1, heads: 1, d_model: 8, n_ctx: 8 }
        data: { kind: repeated-segments, vocab: 8, segment: [2, 3] }
        train: { steps: 2, batch: 2 }
        seeds: 0..1
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sweep_file_is_planned_and_submitted_as_its_document_is()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);

        using var planned = await http.PostAsJsonAsync("api/v1/plan", new { yaml = Yaml }, Cancellation);
        var plan = (await planned.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!;
        Assert.Equal((HttpStatusCode.OK, 2), (planned.StatusCode, (int)plan["runs"]!["new"]!));
        using var submitted = await http.PostAsJsonAsync("api/v1/sweeps", new { yaml = Yaml }, Cancellation);
        var sweep = (await submitted.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!;
        Assert.Equal(((string?)plan["sweep"], true), ((string?)sweep["id"], (bool)sweep["created"]!));
    }

    [Theory]
    [InlineData("""{"yaml":"name: [wrong"}""", "sweep.yaml")]
    [InlineData("""{"yaml":"name: x\nmodel: { layers: two, heads: 1, d_model: 8, n_ctx: 8 }"}""", "layers")]
    [InlineData("""{"yaml":"name: x\nmodel: { layers: 1, heads: 1, d_model: 8, n_ctx: 8 }\ndata: { kind: text, files: /etc/passwd }"}""", "files")]
    [InlineData("""{"yaml":"name: x","document":{}}""", "or")]
    [InlineData("""{"yaml":null,"document":null}""", "yaml")]
    public async Task What_is_wrong_in_it_is_told_and_no_file_of_the_server_is_opened(string body, string told)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var answer = await http.PostAsync("api/v1/sweeps", new StringContent(body, null, "application/json"), Cancellation);
        var said = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, said);
        Assert.Contains(told, said, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", said, StringComparison.Ordinal);
        Assert.Empty(await cluster.Client.ListSweeps(Cancellation));
    }
}
