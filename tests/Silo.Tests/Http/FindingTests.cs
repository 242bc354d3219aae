using System.Net;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>What a sweep shows, and lists in pages.</summary>
public sealed class FindingTests
{
    [Fact]
    public async Task The_findings_of_a_sweep_are_those_of_its_runs_with_the_conditions_they_were_found_under()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var id = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;
        var result = await cluster.Client.Ended(id);

        var findings = await cluster.Client.GetFindings(id, Cancellation);

        Assert.Equal(TestSweeps.Json(result.Groups), TestSweeps.Json(findings.Result.Groups));
        Assert.Equal(2, findings.Groups.Count);
        Assert.All((await cluster.Client.GetTrajectory(id, Cancellation)).Groups.SelectMany(group => group.Points), point => Assert.True(point.PrefixMatchingMax is { Low: null or >= 0, High: null or <= 1 }));
        Assert.All(findings.Groups, group => Assert.Equal([0UL, 1UL, 2UL], group.Runs.Select(run => run.Seed)));
        // One head scores 0.1 with one layer, 0.8 with two; what it takes to count rises from 0.05 to 0.95.
        Assert.Equal([1, 1, 0], findings.Groups[0].Thresholds.Take(3).Select(point => (int)point.Share.Value!.Value));
        Assert.Equal(16, findings.Groups[1].Thresholds.Count(point => point.Share.Value == 1));
        var comparison = Assert.Single(findings.Comparisons, comparison => comparison.Metric == "prefix_matching_max");
        Assert.Equal((0, 1, "model.layers"), (comparison.First, comparison.Second, comparison.Axis));
        Assert.Equal(0.7, comparison.Difference!.Mean!.Value, 6);
        Assert.Equal(TestSweeps.Json(findings.Comparisons.Select(c => c with { AdjustedP = null })), TestSweeps.Json((await cluster.Client.GetComparison(id, 0, 1, Cancellation)).Select(c => c with { AdjustedP = null })));
        Assert.Equal(-0.7, (await cluster.Client.GetComparison(id, 1, 0, Cancellation)).Single(c => c.Metric == "prefix_matching_max").Difference!.Mean!.Value, 6);
        Assert.Contains("from 0 to 1", (await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.GetComparison(id, 0, 2, Cancellation))).Message, StringComparison.Ordinal);
        Assert.StartsWith("With layers=1, 0 of 3 seeds grew an induction head", findings.Sentences[0].Text, StringComparison.Ordinal);
        Assert.Equal(("0..2", 0.4), (findings.Conditions.Seeds, findings.Conditions.Threshold));
        Assert.Equal([0, 50, 100], findings.Conditions.SnapshotSteps);
        Assert.Equal(["scripted-0123abcd"], findings.Conditions.CpuKernels);
        foreach (var sentence in findings.Sentences)
        {
            Assert.NotEmpty((await cluster.Client.Query(sentence.Query, cancellation: Cancellation)).Rows);
        }
    }

    [Fact]
    public async Task Curves_are_there_while_a_run_trains_and_of_one_that_was_cancelled()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner { HoldUntilDrained = (_, step) => step == 100 });
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]"), Cancellation)).Id;

        SweepTrajectory live;
        do
        {
            await Task.Delay(20, Cancellation);
            live = await cluster.Client.GetTrajectory(id, Cancellation);
        }
        while (live.Groups[0].Points.Count < 2);

        Assert.Equal(SweepState.Running, live.Sweep.State);
        Assert.Equal([0, 50], live.Groups[0].Points.Select(point => point.Step));
        Assert.Equal(0.4, live.Groups[0].Points[1].PrefixMatchingMax.Mean!.Value, 6);
        Assert.Equal([0, 0.4], live.Groups[0].Lines[0].PrefixMatchingMax.Select(value => Math.Round(value!.Value, 6)));
        var curve = await cluster.Client.GetCurve(live.Groups[0].Lines[0].Run, Cancellation);
        Assert.Equal([(0, 3.0), (50, 2.5)], curve.Points.Select(point => (point.Step, Math.Round(point.Loss!.Value, 6))));
        Assert.Empty((await cluster.Client.GetFindings(id, Cancellation)).Groups[0].Runs); // what a run came to is known at its end
        await cluster.Client.CancelSweep(id, Cancellation);
        var cancelled = await cluster.Client.Ended(id);
        Assert.Equal(SweepState.Cancelled, cancelled.Sweep.State);
        Assert.Equal([0, 50], (await cluster.Client.GetTrajectory(id, Cancellation)).Groups[0].Points.Select(point => point.Step));
    }

    [Fact]
    public async Task Who_composes_with_whom_is_told_at_every_snapshot_and_at_the_last_one_as_findings_do()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var id = (await cluster.Client.Submit(TestSweeps.Document(measure: "heads, composition"), Cancellation)).Id;
        await cluster.Client.Ended(id);

        var last = await cluster.Client.GetSweepComposition(id, 100, Cancellation);
        var first = await cluster.Client.GetSweepComposition(id, 0, Cancellation);

        var findings = await cluster.Client.GetFindings(id, Cancellation);
        Assert.Equal(TestSweeps.Json(findings.Groups.Select(group => group.Composition)), TestSweeps.Json(last.Groups.Select(group => group.Composition)));
        Assert.Equal(TestSweeps.Json(findings.Groups.Select(group => group.By)), TestSweeps.Json(last.Groups.Select(group => group.By)));
        Assert.Null(last.Groups[0].Composition); // one layer has no pairs
        Assert.Contains(last.Groups[1].Composition!.Roles, role => role is { Layer: 1, Role: "none", Runs: 3 });
        Assert.Equal((0, 3), (first.Step, first.Groups[1].Composition!.Runs));
        Assert.DoesNotContain(first.Groups[1].Composition!.Roles, role => role.Role == "induction"); // none has formed yet
        var missing = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.GetSweepComposition(id, 55, Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, missing.Status);
        Assert.Contains("step 55", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_come_in_pages_that_name_the_next_one_and_a_client_reads_them_all()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..6"), Cancellation)).Id;

        var first = await cluster.Client.GetRuns(id, limit: 5, cancellation: Cancellation);
        var second = await cluster.Client.GetRuns(id, first.Next, 5, cancellation: Cancellation);
        var last = await cluster.Client.GetRuns(id, second.Next, 5, cancellation: Cancellation);

        Assert.Equal(Enumerable.Range(0, 14), first.Runs.Concat(second.Runs).Concat(last.Runs).Select(run => run.Index));
        Assert.Null(last.Next);
        Assert.Equal(14, (await cluster.Client.ListRuns(id, Cancellation)).Count);
        Assert.All(first.Runs, run => Assert.Equal(RunState.Pending, run.State));
        foreach (var (limit, after) in new (int, string?)[] { (0, null), (5, "x"), (5, "-1"), (1_000_000, null) })
        {
            var refused = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.GetRuns(id, after, limit, cancellation: Cancellation));
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        }
    }

    [Fact]
    public async Task Rows_of_heads_come_in_pages_too_and_a_step_without_a_snapshot_is_told()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var id = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;
        await cluster.Client.Ended(id);

        var first = await cluster.Client.GetHeads(id, limit: 10, cancellation: Cancellation);
        var rest = await cluster.Client.GetHeads(id, after: first.Next, cancellation: Cancellation);

        Assert.Equal((10, true, "10"), (first.Rows.Count, first.Truncated, first.Next));
        Assert.Equal((8, false, null), (rest.Rows.Count, rest.Truncated, rest.Next));
        var missing = await Assert.ThrowsAsync<ServerErrorException>(() => cluster.Client.GetHeads(id, "55", cancellation: Cancellation));
        Assert.Contains("no run has a snapshot at step 55: there are 0, 50, 100", missing.Message, StringComparison.Ordinal);
        // Tables show the beginning of an id: it names the run.
        var run = first.Rows[0][0]!.ToString()!;
        Assert.NotEmpty((await cluster.Client.GetHeads(id, where: $"run == \"{run[..12]}\"", cancellation: Cancellation)).Rows);
        Assert.Empty((await cluster.Client.GetHeads(id, where: "run == \"zzzz\"", cancellation: Cancellation)).Rows);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
