using System.Net;
using System.Net.Http.Headers;
using Orchestrator.Client;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>An answer that cannot have changed is not made twice.</summary>
public sealed class EntityTagTests
{
    [Fact]
    public async Task Who_has_an_answer_about_an_ended_sweep_is_told_that_it_holds_until_something_of_the_sweep_changes()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var id = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;
        await cluster.Client.Ended(id);

        var tags = new Dictionary<string, string>();
        foreach (var path in new[] { "", "/heads", "/heads?at=all", "/heads?group_by=layer", "/findings", "/trajectory", "/runs", "/runs?limit=2", "/runs?limit=2&after=2" })
        {
            using var first = await Ask(http, id + path);
            Assert.Equal((HttpStatusCode.OK, true, true), (first.StatusCode, first.Headers.CacheControl?.Private, first.Headers.CacheControl?.NoCache));
            tags[path] = Assert.IsType<EntityTagHeaderValue>(first.Headers.ETag).Tag;
            foreach (var known in new[] { tags[path], $"W/{tags[path]}", $"\"another\", {tags[path]}" })
            {
                using var again = await Ask(http, id + path, known);
                Assert.Equal((HttpStatusCode.NotModified, tags[path]), (again.StatusCode, again.Headers.ETag?.Tag));
                Assert.Empty(await again.Content.ReadAsByteArrayAsync(Cancellation));
            }
            using var other = await Ask(http, id + path, "\"another\"");
            Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await other.Content.ReadAsStringAsync(Cancellation));
        }
        Assert.Equal(5, tags.Values.Distinct().Count()); // as many as queries: a name is looked up under its address
        using var last = await Ask(http, "last/heads", tags["/heads"]);
        Assert.Equal(HttpStatusCode.NotModified, last.StatusCode);
        using var refused = await Ask(http, id + "/runs?limit=0");
        Assert.Equal((HttpStatusCode.BadRequest, null), (refused.StatusCode, refused.Headers.ETag));

        await cluster.Client.MeasureSweep(id, ["terms"], Cancellation);
        using var changed = await Ask(http, id, tags[""]);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tags[""], changed.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task An_answer_about_a_sweep_that_runs_is_made_each_time()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null); // nobody trains
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var id = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;
        foreach (var path in new[] { "", "/heads", "/findings", "/trajectory", "/runs" })
        {
            using var answer = await Ask(http, id + path, "*");
            Assert.Equal((HttpStatusCode.OK, null, null), (answer.StatusCode, answer.Headers.ETag, answer.Headers.CacheControl));
        }
    }

    [Fact]
    public async Task An_artifact_is_named_by_its_content_and_kept_for_good()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[1]"), Cancellation)).Id;
        await cluster.Client.Ended(id);
        var run = Assert.Single(await cluster.Client.ListRuns(id, Cancellation));
        var address = $"../runs/{run.Id}/artifacts/{run.WeightsHash}";

        using var first = await Ask(http, address);
        using var again = await Ask(http, address, $"\"{run.WeightsHash}\"");

        Assert.Equal($"\"{run.WeightsHash}\"", first.Headers.ETag?.Tag);
        Assert.Equal("max-age=31536000, private, immutable", first.Headers.CacheControl?.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        using var missing = await Ask(http, $"../runs/{run.Id}/artifacts/{new string('0', 64)}");
        Assert.Equal((HttpStatusCode.NotFound, null), (missing.StatusCode, missing.Headers.CacheControl));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<HttpResponseMessage> Ask(HttpClient http, string path, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/sweeps/{path}");
        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }
        return await http.SendAsync(request, Cancellation);
    }
}
