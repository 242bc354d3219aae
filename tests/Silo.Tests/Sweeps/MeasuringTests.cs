using Microsoft.Data.Sqlite;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Silo.Tests.Sweeps;

/// <summary>Stored snapshots that are measured again: for another sweep, for more measures, for a newer metric version.</summary>
public sealed class MeasuringTests
{
    private const int Runs = 6;
    private const int Snapshots = 3 * Runs;

    [Fact]
    public async Task A_second_sweep_with_more_measures_of_the_same_steps_trains_nothing()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var first = await Trained(cluster);
        var hashes = await Hashes(cluster, first.Sweep.Id);

        var second = await cluster.Client.Submit(TestSweeps.Document("longer", measure: "heads, terms, ablations"), Stop);
        var result = await cluster.Client.Ended(second.Id);

        Assert.Equal((SweepState.Completed, Runs), (result.Sweep.State, result.Sweep.Runs.Completed));
        Assert.Equal(Groups(first), Groups(result));
        Assert.Equal(Snapshots, runner.Measured.Count);
        Assert.Equal(hashes, await Hashes(cluster, second.Id));
        Assert.All(await Attempts(cluster, second.Id), attempts => Assert.Equal([true, false], attempts.Select(a => !a.OnlyMeasured)));
        var again = await cluster.Client.GetSweep(first.Sweep.Id, Stop);
        Assert.Equal((SweepState.Completed, Runs), (again.Sweep.State, again.Sweep.Runs.Completed));
        Assert.Contains("ablation_loss_delta", (await cluster.Client.GetHeads(second.Id, cancellation: Stop)).Columns.Select(c => c.Name));
        Assert.DoesNotContain("ablation_loss_delta", (await cluster.Client.GetHeads(first.Sweep.Id, cancellation: Stop)).Columns.Select(c => c.Name));
    }

    [Fact]
    public async Task A_second_sweep_with_more_steps_trains_again_and_takes_only_the_snapshots_that_are_missing()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        await Trained(cluster);
        var taken = new List<int>();
        runner.Before = (_, step) =>
        {
            lock (taken)
            {
                taken.Add(step);
            }
        };
        var fine = await cluster.Client.Submit(TestSweeps.Document("fine", "0", "[2]", every: 25), Stop);
        Assert.Equal(37.5, (await cluster.Client.Ended(fine.Id)).Groups[0].TransitionStep().Median);
        Assert.Equal([25, 75], taken);
        Assert.Empty(runner.Measured);
        Assert.Equal([true, true], (await Attempts(cluster, fine.Id)).Single().Select(a => !a.OnlyMeasured));
    }

    [Fact]
    public async Task Added_measures_stay_with_the_sweep_under_its_id_across_a_restart_and_asking_again_does_nothing()
    {
        using var folder = new TestFolder();
        SweepResult before;
        var runner = new ScriptedRunner();
        await using (var cluster = await EmbeddedCluster.Start(folder, runner))
        {
            before = await Trained(cluster);
            var asked = await cluster.Client.MeasureSweep(before.Sweep.Id, ["terms", "ablations"], Stop);
            Assert.Equal((before.Sweep.Id, Runs, SweepState.Running), (asked.Id, asked.Runs, asked.State));
            Assert.Equal([Measure.Heads, Measure.Terms, Measure.Ablations, Measure.InContextLearning], asked.Measures);
            var after = await cluster.Client.Ended(asked.Id);
            Assert.Equal(Groups(before), Groups(after));
            Assert.Equal((Runs, Snapshots), (runner.Begun.Count - Runs, runner.Measured.Count));
        }

        var next = new ScriptedRunner();
        await using var restarted = await EmbeddedCluster.Start(folder, next);
        var nothing = await restarted.Client.MeasureSweep("last", null, Stop);
        Assert.Equal((before.Sweep.Id, 0, SweepState.Completed, 4), (nothing.Id, nothing.Runs, nothing.State, nothing.Measures.Count));
        Assert.Contains("ablation_loss_delta", (await restarted.Client.GetHeads("last", cancellation: Stop)).Columns.Select(c => c.Name));
        Assert.Empty(next.Begun);
        var submitted = await restarted.Client.Submit(TestSweeps.Document(), Stop);
        Assert.Equal((before.Sweep.Id, false), (submitted.Id, submitted.Created)); // the file still names this sweep
        var wrong = await Assert.ThrowsAsync<ServerErrorException>(() => restarted.Client.MeasureSweep("last", ["weights"], Stop));
        Assert.Contains("'weights' is no measure: give any of heads, composition", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_of_an_older_version_are_no_answer_and_measuring_again_brings_the_same_results()
    {
        using var folder = new TestFolder();
        SweepResult before;
        string heads;
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            before = await Trained(cluster);
            heads = TestSweeps.Json((await cluster.Client.GetHeads("last", "all", cancellation: Stop)).Rows);
        }
        Assert.Equal(Snapshots, Alter(folder, "update facts set metric_version = 0"));

        var runner = new ScriptedRunner();
        await using var next = await EmbeddedCluster.Start(folder, runner);
        Assert.Empty((await next.Client.GetHeads("last", "all", cancellation: Stop)).Rows);
        Assert.Equal(Groups(before), Groups(await next.Client.GetSweep("last", Stop))); // finals are as they were
        Assert.Equal(Runs, (await next.Client.MeasureSweep("last", null, Stop)).Runs);
        var after = await next.Client.Ended(before.Sweep.Id);
        Assert.Equal(Groups(before), Groups(after));
        Assert.Equal(heads, TestSweeps.Json((await next.Client.GetHeads("last", "all", cancellation: Stop)).Rows));
        Assert.Equal((Runs, Snapshots), (runner.Begun.Count, runner.Measured.Count));
    }

    [Fact]
    public async Task A_run_that_is_measured_in_part_by_this_version_counts_in_no_head_table_until_it_is_measured_whole()
    {
        using var folder = new TestFolder();
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            await Trained(cluster);
        }
        Alter(folder, "update facts set metric_version = 0 where step > 0");
        await using var next = await EmbeddedCluster.Start(folder, null);
        Assert.Empty((await next.Client.GetHeads("last", "final", cancellation: Stop)).Rows); // and not step 0 as if it were the end
        Assert.Empty((await next.Client.GetHeads("last", "transition", cancellation: Stop)).Rows);
        var group = (await next.Client.GetHeadGroups("last", ["model.layers"], cancellation: Stop)).Groups[1];
        Assert.Equal((3, 3, 0), (group.Completed, group.Excluded, group.Metrics["induction_share"].GetProperty("n").GetInt32()));
    }

    [Fact]
    public async Task A_snapshot_that_is_gone_leaves_the_result_as_it_was_with_the_reason_and_is_trained_for_only_when_a_sweep_asks()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var before = await Trained(cluster);
        var run = (await cluster.Client.ListRuns("last", Stop))[1];
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"weights of {run.Id} at 50")));
        var file = Path.Combine(folder, "artifacts", hash[..2], hash[2..4], hash);
        File.Delete(file);

        await cluster.Client.MeasureSweep("last", ["terms"], Stop);
        var after = await cluster.Client.Ended(before.Sweep.Id);

        Assert.Equal((SweepState.Completed, Runs), (after.Sweep.State, after.Sweep.Runs.Completed));
        Assert.Equal(Groups(before), Groups(after));
        var shown = await cluster.Client.GetRun(run.Id, Stop);
        Assert.Equal((RunState.Completed, run.WeightsHash, run.FinalLoss), (shown.State, shown.WeightsHash, shown.FinalLoss));
        Assert.StartsWith($"the snapshot of step 50 (weights {hash}) cannot be measured: artifact {hash} is not in", shown.Reason, StringComparison.Ordinal);
        Assert.Contains("To train the run again, submit", shown.Reason, StringComparison.Ordinal);
        Assert.Equal([(true, "completed"), (false, "snapshot_lost")], shown.Attempts!.Select(a => (!a.OnlyMeasured, a.Outcome)));
        Assert.False(File.Exists(file));
        Assert.Single((await cluster.Client.ListRuns("last", Stop)), r => r.Reason is not null);

        Assert.Equal(1, (await cluster.Client.MeasureSweep("last", null, Stop)).Runs); // still lacking
        await cluster.Client.Ended(before.Sweep.Id);
        Assert.Equal(run.WeightsHash, (await cluster.Client.GetRun(run.Id, Stop)).WeightsHash);

        var other = await cluster.Client.Submit(TestSweeps.Document("other", measure: "heads, terms"), Stop);
        var trained = await cluster.Client.Ended(other.Id);
        Assert.Equal((Runs, 0), (trained.Sweep.Runs.Completed, trained.Sweep.Runs.Failed));
        Assert.True(File.Exists(file));
        Assert.False((await cluster.Client.GetRun(run.Id, Stop)).Attempts![^1].OnlyMeasured);
        Assert.DoesNotContain(await cluster.Client.ListRuns(before.Sweep.Id, Stop), r => r.Reason is not null || r.State != RunState.Completed);
        Assert.Equal(0, (await cluster.Client.MeasureSweep(before.Sweep.Id, null, Stop)).Runs);
    }

    [Fact]
    public async Task A_process_that_ends_while_it_measures_is_continued_by_the_next_one_with_what_is_left()
    {
        using var folder = new TestFolder();
        var first = new ScriptedRunner();
        SweepResult before;
        await using (var cluster = await EmbeddedCluster.Start(folder, first))
        {
            before = await Trained(cluster);
            first.HoldUntilDrained = (member, step) => step == 100 && member.Assignment.Configuration.Seed == 1;
            await cluster.Client.MeasureSweep("last", ["terms"], Stop);
            await TestSweeps.Until(() => Task.FromResult(first.Measured.Count), measured => measured == 2 * 3 + 2 * 2);
        }
        var second = new ScriptedRunner();
        await using var next = await EmbeddedCluster.Start(folder, second);
        var after = await next.Client.Ended(before.Sweep.Id);
        Assert.Equal(Groups(before), Groups(after));
        Assert.Equal(TestSweeps.Json(before.Sweep), TestSweeps.Json(after.Sweep));
        Assert.Equal(Snapshots, first.Measured.Count + second.Measured.Count);
        Assert.Equal([100, 100], second.Measured.Where(m => second.Measured.Count(o => o.Run.RunId == m.Run.RunId) == 1).Select(m => m.Step));
        Assert.All(await Attempts(next, before.Sweep.Id), attempts => Assert.Single(attempts, a => !a.OnlyMeasured));
    }

    [Fact]
    public async Task A_measurement_that_fails_three_times_or_is_cancelled_leaves_a_completed_sweep_with_its_results()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var before = await Trained(cluster);
        runner.Before = (_, _) => throw new InvalidOperationException("the device fell off the bus");
        await cluster.Client.MeasureSweep("last", ["terms"], Stop);
        var failed = await cluster.Client.Ended(before.Sweep.Id);
        Assert.Equal((TestSweeps.Json(before.Sweep), Groups(before)), (TestSweeps.Json(failed.Sweep), Groups(failed)));
        Assert.All(await cluster.Client.ListRuns("last", Stop), run => Assert.Contains("fell off the bus", run.Reason, StringComparison.Ordinal));

        using var gate = new Gate();
        runner.Before = (_, _) => gate.Pass();
        Assert.Equal(Runs, (await cluster.Client.MeasureSweep("last", null, Stop)).Runs);
        await gate.Arrivals(2);
        var summary = await cluster.Client.CancelSweep("last", Stop);
        gate.Open();
        Assert.Equal((SweepState.Completed, "cancelled on request", Runs), (summary.State, summary.Reason, summary.Runs.Completed));
        Assert.All(await cluster.Client.ListRuns("last", Stop), run => Assert.NotNull(run.FinalLoss));

        runner.Before = (_, _) => { };
        await TestSweeps.Until(() => cluster.Client.ListWorkers(), workers => workers.Single().Busy == 0);
        await cluster.Client.MeasureSweep("last", null, Stop);
        Assert.Equal(Groups(before), Groups(await cluster.Client.Ended(before.Sweep.Id)));
        Assert.DoesNotContain(await cluster.Client.ListRuns("last", Stop), run => run.Reason is not null);
        Assert.All(await Attempts(cluster, before.Sweep.Id), attempts => Assert.Single(attempts, a => !a.OnlyMeasured));
    }

    [Fact]
    public async Task A_sweep_that_its_budget_stopped_is_measured_as_far_as_it_came_and_stays_stopped()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var id = (await cluster.Client.Submit(TestSweeps.Document(extra: "budget: { runs: 4 }"), Stop)).Id;
        var before = await cluster.Client.Ended(id);
        Assert.Equal(4, (await cluster.Client.MeasureSweep(id, ["terms"], Stop)).Runs);
        var after = await cluster.Client.Ended(id);
        Assert.Equal((SweepState.Stopped, 4, 2), (after.Sweep.State, after.Sweep.Runs.Completed, after.Sweep.Runs.Cancelled));
        Assert.Equal(TestSweeps.Json(before.Sweep), TestSweeps.Json(after.Sweep));
        Assert.Equal((4, 8, 12), (runner.Times.Count, runner.Begun.Count, runner.Measured.Count));
    }

    [Fact]
    public async Task Measures_added_while_a_sweep_trains_reach_its_completed_open_and_pending_runs()
    {
        using var folder = new TestFolder();
        using var gate = new Gate();
        var runner = new ScriptedRunner();
        runner.Before = (member, step) =>
        {
            if (step == 50 && member.Assignment.Configuration.Seed == 1 && member.Assignment.Run.Attempt == 1)
            {
                gate.Pass();
            }
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..3"), Stop)).Id;
        await gate.Arrivals(2);
        // Both slots are held; whatever was begun before, in whatever order, has ended.
        var ended = runner.Begun.Count - 2;
        await TestSweeps.Until(() => cluster.Client.GetSweep(id), s => s.Sweep.Runs.Completed == ended);
        Assert.Equal(ended, (await cluster.Client.MeasureSweep(id, ["terms"], Stop)).Runs);
        gate.Open();
        Assert.Equal((SweepState.Completed, 8), (await cluster.Client.Ended(id)) is var result ? (result.Sweep.State, result.Sweep.Runs.Completed) : default);
        Assert.Equal(0, (await cluster.Client.MeasureSweep(id, null, Stop)).Runs);
        Assert.All(await Attempts(cluster, id), attempts => Assert.Single(attempts, a => !a.OnlyMeasured));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<SweepResult> Trained(EmbeddedCluster cluster) =>
        await cluster.Client.Ended((await cluster.Client.Submit(TestSweeps.Document(), Stop)).Id);

    private static async Task<string> Hashes(EmbeddedCluster cluster, string sweep) =>
        string.Join(' ', (await cluster.Client.ListRuns(sweep, Stop)).Select(r => r.WeightsHash));

    private static async Task<IReadOnlyList<AttemptRecord>[]> Attempts(EmbeddedCluster cluster, string sweep) =>
        [.. (await Task.WhenAll((await cluster.Client.ListRuns(sweep, Stop)).Select(r => cluster.Client.GetRun(r.Id, Stop)))).Select(r => r.Attempts!)];

    private static int Alter(string folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "orchestrator.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>What was found without what only the added measures tell.</summary>
    private static string Groups(SweepResult result) => TestSweeps.Json(result.Groups.Select(group => group with { Metrics = group.Metrics.Where(metric => metric.Key != "terms").ToDictionary() }));
}
