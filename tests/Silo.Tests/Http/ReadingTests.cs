using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Client;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>What can be asked of a sweep that has ended, and the values of the answers.</summary>
public sealed class ReadingTests
{
    [Fact]
    public async Task Heads_groups_trajectory_plan_runs_and_single_heads_have_the_values_that_were_reported()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var client = cluster.Client;
        var stop = TestContext.Current.CancellationToken;
        var before = await client.Plan(TestSweeps.Document(), stop);
        Assert.Equal((6, 0, 6), (before.Runs.Total, before.Runs.Existing, before.Runs.New));
        Assert.Equal((18, 54), (before.Snapshots, before.Heads)); // 3 snapshots a run, of 2 or 4 heads
        Assert.Empty(await client.ListSweeps(stop));              // a plan starts nothing

        var id = (await client.Submit(TestSweeps.Document(), stop)).Id;
        await client.Ended(id);

        var after = await client.Plan(TestSweeps.Document(), stop);
        Assert.Equal((6, 6, 0), (after.Runs.Total, after.Runs.Existing, after.Runs.New));

        var heads = await client.GetHeads(id, cancellation: stop);
        Assert.Equal(18, heads.Rows.Count);
        Assert.Equal(54, (await client.GetHeads(id, "all", cancellation: stop)).Rows.Count);
        var columns = heads.Columns.Select(c => c.Name).ToList();
        Assert.All(heads.Rows, row =>
        {
            var layers = Number(row, "model_layers");
            var head = Number(row, "layer") * 2 + Number(row, "head");
            Assert.Equal(100, Number(row, "step"));
            Assert.Equal("none", ((JsonElement)row[columns.IndexOf("role")]!).GetString());
            Assert.Equal(ScriptedRunner.PrefixMatching((int)layers, 100, 100) / (1 + head), Number(row, "prefix_matching"), 6);
        });
        var crossed = await client.GetHeads(id, "transition", cancellation: stop);
        Assert.Equal(12, crossed.Rows.Count); // 3 runs of 4 heads; one layer never crosses
        Assert.All(crossed.Rows, row => Assert.Equal(50, Number(row, "step")));

        // Scores fall with the head's number: the strongest is 0.0, and of the second layer 1.0.
        var groups = await client.GetHeadGroups(id, ["model.layers", "layer", "rank(prefix_matching,layer)"], cancellation: stop);
        Assert.Equal(
            [(1, 0, 1), (1, 0, 2), (2, 0, 1), (2, 0, 2), (2, 1, 1), (2, 1, 2)],
            groups.Groups.Select(g => (g.By["model.layers"].GetInt32(), g.By["layer"].GetInt32(), g.By["rank(prefix_matching,layer)"].GetInt32())));
        var last = groups.Groups[^1].Metrics["prefix_matching"];
        Assert.Equal((0.2, 3), (Math.Round(last.GetProperty("mean").GetDouble(), 6), last.GetProperty("n").GetInt32()));
        var strongest = (await client.GetHeadGroups(id, ["rank(prefix_matching)"], cancellation: stop)).Groups;
        Assert.Equal([1, 2, 3, 4], strongest.Select(g => g.By["rank(prefix_matching)"].GetInt32()));
        Assert.Equal([6, 6, 3, 3], strongest.Select(g => g.Completed)); // models of one layer have two heads
        Assert.Equal(["none"], (await client.GetHeadGroups(id, ["role"], cancellation: stop)).Groups.Select(g => g.By["role"].GetString()));

        var refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeadGroups(id, ["model.layers", "layer", "head"], cancellation: stop));
        Assert.Contains("exchangeable", refused.Message, StringComparison.Ordinal);
        Assert.Contains("rank(prefix_matching)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(18, (await client.GetHeadGroups(id, ["model.layers", "layer", "head", "seed"], cancellation: stop)).Groups.Count);
        await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeadGroups(id, ["rank(unknown)"], cancellation: stop));

        var trajectory = await client.GetTrajectory(id, stop);
        Assert.Equal([0, 50, 100], trajectory.Groups[1].Points.Select(p => p.Step));
        Assert.Equal([0, 0.4, 0.8], trajectory.Groups[1].Points.Select(p => Math.Round(p.PrefixMatchingMax.Mean!.Value, 6)));
        Assert.Equal(3, trajectory.Groups[1].Lines.Count);

        var runs = await client.ListRuns(id, stop);
        Assert.Equal(Enumerable.Range(0, 6), runs.Select(r => r.Index));
        Assert.All(runs, run => Assert.Equal(ScriptedRunner.Loss(run.Config.Seed, 100, 100), run.FinalLoss!.Value, 6));
        var deep = runs.First(r => r.Config.Model.HeadCount == 2 * r.Config.Model.HeadsPerLayer);
        var shown = await client.GetRun(deep.Id[..10], stop);
        Assert.Equal((deep.Id, RunState.Completed, 100, "completed"), (shown.Id, shown.State, shown.Steps, shown.Attempts!.Single().Outcome));
        Assert.Equal(Hash($"weights of {deep.Id} at 100"), shown.WeightsHash);
        Assert.All([deep.CpuKernels, shown.CpuKernels, shown.Attempts!.Single().CpuKernels], kernels => Assert.Equal("scripted-0123abcd", kernels));

        using var http = OrchestratorClient.CreateHttp(client.Address, null);
        using var view = JsonDocument.Parse(await http.GetStringAsync($"api/v1/runs/{deep.Id}/heads/1.0", stop));
        Assert.Equal([0, 50, 100], view.RootElement.GetProperty("points").EnumerateArray().Select(p => p.GetProperty("step").GetInt32()));
        var life = await client.GetHead(deep.Id, 0, 0, stop);
        Assert.Equal(("none", 0), (life.Role, life.RoleSince));
        Assert.Equal(["none", "none", "none"], life.Points.Select(point => point.Role));
        var composition = await client.GetComposition(deep.Id, 50, cancellation: stop);
        Assert.Equal((deep.Id, 50), (composition.Run, composition.Step));
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], composition.Heads.Select(head => (head.Layer, head.Head)));
        Assert.Empty(composition.Pairs); // the sweep did not ask for them
        Assert.Equal(100, (await client.GetComposition(deep.Id, cancellation: stop)).Step);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ServerErrorException>(() => client.GetComposition(deep.Id, 55, cancellation: stop))).Status);
        Assert.Contains("from 1 to 500", (await Assert.ThrowsAsync<ServerErrorException>(() => client.GetComposition(deep.Id, most: 0, cancellation: stop))).Message, StringComparison.Ordinal);
        var kernels = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeadCircuits(deep.Id, 1, 0, 50, cancellation: stop));
        Assert.Equal(HttpStatusCode.NotFound, kernels.Status); // this server has none
        Assert.Contains("no head 1.0 to take apart", kernels.Message, StringComparison.Ordinal);
        Assert.Contains("from 1 to 50", (await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeadCircuits(deep.Id, 1, 0, most: 51, cancellation: stop))).Message, StringComparison.Ordinal);
        using var none = await http.GetAsync(new Uri($"api/v1/runs/{deep.Id}/heads/2.0", UriKind.Relative), stop);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);

        double Number(IReadOnlyList<object?> row, string name) => ((JsonElement)row[columns.IndexOf(name)]!).GetDouble();
    }

    [Fact]
    public async Task Heads_are_chosen_by_their_role_names_have_no_mean_and_pooled_axes_are_told()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var client = cluster.Client;
        var stop = TestContext.Current.CancellationToken;
        var id = (await client.Submit(TestSweeps.Document(measure: "heads, composition"), stop)).Id;
        await client.Ended(id);

        Assert.Empty((await client.GetHeads(id, where: "role == 'induction'", cancellation: stop)).Rows);
        Assert.Equal(6, (await client.GetHeads(id, where: "role in ['none', 'copying'] and layer == 1", cancellation: stop)).Rows.Count);
        var layers = (await client.GetHeadGroups(id, ["layer", "role"], where: "role == 'none' and layer == 1", cancellation: stop)).Groups;
        Assert.Equal([(1, "none", 3)], layers.Select(group => (group.By["layer"].GetInt32(), group.By["role"].GetString(), group.Runs)));
        Assert.Empty((await client.GetHeadGroups(id, ["model.layers", "role"], where: "role == 'induction'", cancellation: stop)).Groups);
        var refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeads(id, where: "rule == 'none'", cancellation: stop));
        Assert.Contains("layer, head, role", refused.Message, StringComparison.Ordinal);

        var pooled = await client.GetHeadGroups(id, ["layer", "role"], cancellation: stop);
        Assert.Equal(["model.layers"], pooled.Pooled);
        Assert.Contains("k_excess_max", pooled.Groups[0].Metrics.Keys);
        Assert.DoesNotContain("k_partner", pooled.Groups[0].Metrics.Keys);
        Assert.Null((await client.GetHeadGroups(id, ["model_layers", "layer", "role"], cancellation: stop)).Pooled);
        Assert.Null((await client.GetHeadGroups(id, ["layer"], where: "layer == 1", cancellation: stop)).Pooled); // only models of two layers have one
        Assert.Equal(["model.layers"], (await client.GetHeadGroups(id, ["seed"], cancellation: stop)).Pooled);
        refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetHeadGroups(id, ["rank(k_partner)"], cancellation: stop));
        Assert.Contains("names a head", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Axes_of_lists_and_of_their_entries_are_keys_of_groups_too()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var stop = TestContext.Current.CancellationToken;
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2], train.betas: [[0.9, 0.9], [0.9, 0.99]]"), stop)).Id;
        await cluster.Client.Ended(id);

        Assert.Equal(["train.betas"], (await cluster.Client.GetHeadGroups(id, ["layer"], cancellation: stop)).Pooled);
        var apart = await cluster.Client.GetHeadGroups(id, ["train.betas", "layer"], cancellation: stop);
        Assert.Null(apart.Pooled);
        Assert.Equal(["[0.9,0.9]", "[0.9,0.9]", "[0.9,0.99]", "[0.9,0.99]"], apart.Groups.Select(group => group.By["train.betas"].GetRawText()));
    }

    [Fact]
    public async Task Runs_are_chosen_by_a_condition_over_what_they_are_and_came_to_page_by_page()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var client = cluster.Client;
        var stop = TestContext.Current.CancellationToken;
        var id = (await client.Submit(TestSweeps.Document(), stop)).Id;
        await client.Ended(id);
        var all = await client.ListRuns(id, stop);

        Assert.Equal(all.Where(run => run.Config.Model.HeadCount == 4).Select(run => run.Id), await Chosen("model.layers == 2"));
        Assert.Equal(all.Where(run => run.Config.Seed == 1).Select(run => run.Id), await Chosen("seed == 1 and model_layers in [1, 2]"));
        Assert.Equal(all.Where(run => run.FinalLoss < 2.015).Select(run => run.Id), await Chosen("final_loss < 2.015 and state == 'completed' and step == 100"));
        Assert.Equal(all.Where(run => run.TransitionStep is not null).Select(run => run.Id), await Chosen("transition_step > 0"));
        Assert.Equal([all[3].Id], await Chosen($"run == '{all[3].Id[..8]}'"));
        Assert.Empty(await Chosen("seed > 5"));

        var first = await client.GetRuns(id, limit: 2, where: "model.layers == 2", cancellation: stop);
        var second = await client.GetRuns(id, first.Next, limit: 2, where: "model.layers == 2", cancellation: stop);
        Assert.Equal((2, 1, null), (first.Runs.Count, second.Runs.Count, second.Next));
        using var http = OrchestratorClient.CreateHttp(client.Address, null);
        using var page = await http.GetAsync(new Uri($"api/v1/sweeps/{id}/runs?limit=1&where=model.layers%20%3D%3D%202", UriKind.Relative), stop);
        Assert.Contains("where=model.layers%20%3D%3D%202&limit=1&after=", page.Headers.GetValues("Link").Single(), StringComparison.Ordinal);

        foreach (var (wrong, told) in new[] { ("model.layers ==", "at character"), ("no_such_name > 1", "'no_such_name' is unknown here"), ("state < 3", "only numbers have an order"), ("seed", "neither true nor false") })
        {
            var refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetRuns(id, where: wrong, cancellation: stop));
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        }

        async Task<IEnumerable<string>> Chosen(string where) => (await client.GetRuns(id, where: where, cancellation: stop)).Runs.Select(run => run.Id);
    }

    [Fact]
    public async Task A_section_of_a_run_s_metrics_has_its_rows_with_what_they_mean_where_it_was_measured()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var client = cluster.Client;
        var stop = TestContext.Current.CancellationToken;
        var id = (await client.Submit(TestSweeps.Document(measure: "heads, superposition, token-losses"), stop)).Id;
        await client.Ended(id);
        var run = (await client.ListRuns(id, stop))[0].Id;

        var matrices = await client.GetMetrics(run, "superposition", cancellation: stop);
        Assert.Equal([(0, 0), (0, 1), (50, 0), (50, 1), (100, 0), (100, 1)], matrices.Rows.Select(row => (row.Step, row.Row)));
        Assert.Equal("features", matrices.Columns.Single(column => column.Name == "features_represented").Unit);
        Assert.All(matrices.Rows, row => Assert.Equal(matrices.Columns.Count, row.Values.Count));
        var tokens = await client.GetMetrics(run, "token_losses", 50, stop);
        Assert.Equal((512, "nats"), (tokens.Rows.Count, tokens.Columns.Single().Unit));
        var heads = await client.GetMetrics(run, "heads", 100, stop);
        var matching = heads.Columns.ToList().FindIndex(column => column.Name == "prefix_matching");
        Assert.Equal(ScriptedRunner.PrefixMatching(1, 100, 100), heads.Rows[0].Values[matching]!.Value, 6);
        Assert.Contains("standard error of prefix_matching", heads.Columns[matching + 1].Meaning, StringComparison.Ordinal);
        Assert.Empty((await client.GetMetrics(run, "terms", cancellation: stop)).Rows);
        Assert.Empty((await client.GetMetrics(run, "superposition", 55, stop)).Rows);

        var refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.GetMetrics(run, "results", cancellation: stop));
        Assert.Contains("superposition, features, token_losses", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ServerErrorException>(() => client.GetMetrics("nosuchrun", "terms", cancellation: stop))).Status);
    }

    [Fact]
    public async Task A_run_that_was_never_handed_out_is_shown_and_cancelled_like_any_other()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null); // nobody trains
        var stop = TestContext.Current.CancellationToken;
        var id = (await cluster.Client.Submit(TestSweeps.Document(), stop)).Id;
        var pending = (await cluster.Client.ListRuns(id, stop))[3];
        var shown = await cluster.Client.GetRun(pending.Id[..12], stop);
        Assert.Equal((pending.Id, id, 3, RunState.Pending), (shown.Id, shown.Sweep, shown.Index, shown.State));

        var cancelled = await cluster.Client.CancelRun(pending.Id[..12], stop);

        Assert.Equal((pending.Id, RunState.Cancelled, "cancelled on request"), (cancelled.Id, cancelled.State, cancelled.Reason));
        var counts = (await cluster.Client.GetSweep(id, stop)).Sweep.Runs;
        Assert.Equal((6, 5, 1), (counts.Total, counts.Pending, counts.Cancelled));
        var unknown = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.GetRun("nosuchrun", stop));
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
    }

    [Fact]
    public async Task A_head_is_classified_at_the_threshold_of_its_sweep()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var stop = TestContext.Current.CancellationToken;
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]", extra: "head_threshold: 0.9"), stop)).Id;
        Assert.Equal(0, (await cluster.Client.Ended(id)).Groups[0].InductionShare().Value);
        var run = (await cluster.Client.ListRuns(id, stop)).Single();
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var view = await http.GetStringAsync($"api/v1/runs/{run.Id}/heads/0.0", stop); // its score is 0.8
        Assert.Contains("\"induction\":false", view, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_gives_out_its_own_snapshots_and_texts_and_nothing_else_of_the_store()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var (client, stop) = (cluster.Client, TestContext.Current.CancellationToken);
        var id = (await client.Submit(TestSweeps.Document(), stop)).Id;
        await client.Ended(id);
        var runs = await client.ListRuns(id, stop);

        var snapshots = await client.ListSnapshots(runs[4].Id, stop);

        Assert.Equal([0, 50, 100], snapshots.Select(s => s.Step));
        Assert.All(snapshots, s => Assert.Equal(Hash($"weights of {runs[4].Id} at {s.Step}"), s.WeightsHash));
        using var weights = new MemoryStream();
        await client.DownloadArtifact(runs[4].Id[..10], snapshots[1].WeightsHash, weights, stop);
        Assert.Equal($"weights of {runs[4].Id} at 50", Encoding.UTF8.GetString(weights.ToArray()));
        foreach (var foreign in new[] { Hash($"weights of {runs[0].Id} at 50"), Hash($"checkpoint of {runs[4].Id} at 50"), "..%2F..%2Forchestrator.db", "lock" })
        {
            var refused = await Assert.ThrowsAsync<ServerErrorException>(() => client.DownloadArtifact(runs[4].Id, foreign, Stream.Null, stop));
            Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ServerErrorException>(() => client.ListSnapshots("nobody", stop))).Status);
    }

    [Fact]
    public async Task A_lost_artifact_is_named_in_the_answer()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var (client, stop) = (cluster.Client, TestContext.Current.CancellationToken);
        var id = (await client.Submit(TestSweeps.Document(seeds: "0", layers: "[1]"), stop)).Id;
        await client.Ended(id);
        var run = Assert.Single(await client.ListRuns(id, stop));
        var path = Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "artifacts"), run.WeightsHash!, SearchOption.AllDirectories));
        await File.WriteAllTextAsync(path, "bits rot", stop);

        var damaged = await Assert.ThrowsAsync<ServerErrorException>(() => client.DownloadArtifact(run.Id, run.WeightsHash!, Stream.Null, stop));

        Assert.Equal(HttpStatusCode.InternalServerError, damaged.Status);
        Assert.Contains($"artifact {run.WeightsHash}", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("is damaged", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_file_must_be_uploaded_before_its_sweep_and_under_its_own_hash()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var stop = TestContext.Current.CancellationToken;
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("To be, or not to be, that is the question. ", 200)));
        await File.WriteAllBytesAsync(Path.Combine(folder, "hamlet.txt"), text, stop);
        var reading = SweepFile.Parse("""
            name: text
            model: { layers: 1, heads: 2, d_model: 16, n_ctx: 32 }
            data: { kind: text, files: [hamlet.txt], tokenizer: bytes }
            train: { steps: 100, batch: 32 }
            snapshots: { every: 50 }
            measure: [heads]
            seeds: 0..1
            """, Path.Combine(folder, "text.yaml"));
        Assert.True(reading.Succeeded, reading.Message);
        var sweep = reading.Value;

        var missing = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.Submit(sweep.Json, stop));
        Assert.Equal(HttpStatusCode.Conflict, missing.Status);
        Assert.Contains(Hash(text), missing.Message, StringComparison.Ordinal);
        Assert.Empty(await cluster.Client.ListSweeps(stop));

        using (var other = new MemoryStream([1, 2, 3]))
        {
            var wrong = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.UploadFile(Hash(text), other, stop));
            Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        }
        Assert.False(await cluster.Client.HasFile(Hash(text), stop));
        using (var content = new MemoryStream(text))
        {
            await cluster.Client.UploadFile(Hash(text), content, stop);
        }
        Assert.True(await cluster.Client.HasFile(Hash(text), stop));
        var id = (await cluster.Client.Submit(sweep.Json, stop)).Id;
        Assert.Equal(2, (await cluster.Client.Ended(id)).Sweep.Runs.Completed);
        using var copy = new MemoryStream();
        await cluster.Client.DownloadArtifact((await cluster.Client.ListRuns(id, stop))[0].Id, Hash(text), copy, stop);
        Assert.Equal(text, copy.ToArray());
    }

    private static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
