using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Silo.Tests.Sweeps;

/// <summary>Sweeps from submission to result, over HTTP, with a runner whose results can be foretold.</summary>
public sealed class SweepTests
{
    [Fact]
    public async Task What_a_known_sweep_keeps_though_it_was_asked_for_otherwise_is_said()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var first = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        Assert.Null((await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Kept);

        var again = await cluster.Client.Submit(TestSweeps.Document(extra: "priority: 7\nbudget: { runs: 1 }"), TestContext.Current.CancellationToken);

        Assert.Equal((first.Id, false), (again.Id, again.Created));
        Assert.Equal(["budget", "priority"], again.Kept!.Select(setting => setting.Key).Order());
        Assert.Equal(("0", "7"), again.Kept!.Where(setting => setting.Key == "priority").Select(setting => (setting.Kept, setting.Asked)).Single());
    }

    [Fact]
    public async Task A_sweep_is_found_by_its_name_while_no_other_has_it()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var submitted = await cluster.Client.Submit(TestSweeps.Document("depth"), TestContext.Current.CancellationToken);
        Assert.Equal(submitted.Id, (await cluster.Client.GetSweep("depth", TestContext.Current.CancellationToken)).Sweep.Id);
        await cluster.Client.Submit(TestSweeps.Document("depth", seeds: "7"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<Client.ServerErrorException>(() => cluster.Client.GetSweep("depth", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Packs_come_to_the_size_that_was_timed_as_the_fastest_and_runs_say_in_what_pack_they_were_trained()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner { Seconds = models => 1 + Math.Abs(Math.Log2(models) - 4) };
        await using var cluster = await EmbeddedCluster.Start(folder, runner, slots: 1);
        var document = TestSweeps.Document(seeds: "0..799", layers: "[1]", every: 100);
        document["train"]!["batch"] = 2;

        var submitted = await cluster.Client.Submit(document, TestContext.Current.CancellationToken);
        Assert.Equal(SweepState.Completed, (await cluster.Client.Ended(submitted.Id, seconds: 60)).Sweep.State);

        int[] sizes = [.. runner.Packs];
        Assert.Equal(64, sizes[0]);
        Assert.All([128, 32, 8], tried => Assert.Contains(tried, sizes));
        Assert.Equal(16, sizes.CountBy(size => size).MaxBy(size => size.Value).Key);
        var run = await cluster.Client.GetRun((await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken))[0].Id, TestContext.Current.CancellationToken);
        Assert.Equal(new TrainedPack("cpu", 64), run.Attempts!.Single().Pack);
    }

    [Fact]
    public async Task A_sweep_runs_to_its_end_and_its_groups_are_what_its_runs_came_to()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        Assert.True(submitted.Created);
        Assert.Equal(6, submitted.Runs.Total);

        var result = await cluster.Client.Ended(submitted.Id);

        Assert.Equal(SweepState.Completed, result.Sweep.State);
        Assert.Equal((6, 6), (result.Sweep.Runs.Total, result.Sweep.Runs.Completed));
        Assert.Equal([1, 2], result.Groups.Select(g => g.By["model.layers"].GetInt32()));
        var (one, two) = (result.Groups[0], result.Groups[1]);
        Assert.Equal((0, 1), (one.InductionShare().Value, two.InductionShare().Value));
        Assert.Equal((3, 3), (one.InductionShare().N, two.InductionShare().N));
        Assert.Equal(0.561497, one.InductionShare().High!.Value, 5); // Wilson, 0 of 3
        Assert.Equal(0.438503, two.InductionShare().Low!.Value, 5);  // Wilson, 3 of 3
        Assert.Equal(0.8, two.Mean("prefix_matching_max").Mean!.Value, 6);
        Assert.Equal(0.1, one.Mean("prefix_matching_max").Mean!.Value, 6);
        Assert.Equal(2.01, two.Mean("final_loss").Mean!.Value, 6);
        Assert.Equal(4.302653 * 0.01 / Math.Sqrt(3), two.Mean("final_loss").High!.Value - two.Mean("final_loss").Mean!.Value, 6); // t with 2 degrees of freedom
        Assert.Equal(-1, two.Mean("icl_score").Mean!.Value, 6);
        Assert.Equal((25.0, 0), (two.TransitionStep().Median, two.TransitionStep().Censored)); // between the snapshots 0 and 50
        Assert.Equal(((double?)null, 3), (one.TransitionStep().Median, one.TransitionStep().Censored));
        Assert.All(runner.Times, begun => Assert.Equal(1, begun.Value));
        Assert.Equal(6, runner.Times.Count);
    }

    [Fact]
    public async Task The_same_specification_submitted_twice_is_the_same_sweep()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var first = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        await cluster.Client.Ended(first.Id);
        var again = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        Assert.Equal((first.Id, false, 6), (again.Id, again.Created, again.Runs.Completed));
        Assert.Single(await cluster.Client.ListSweeps(TestContext.Current.CancellationToken));
        Assert.Equal(6, runner.Begun.Count);
    }

    [Fact]
    public async Task Ten_submissions_at_once_are_one_sweep()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)));
        Assert.Single(submitted.Select(s => s.Id).Distinct());
        Assert.Single(submitted, s => s.Created);
        await cluster.Client.Ended(submitted[0].Id);
        Assert.Equal(6, runner.Begun.Count);
    }

    [Fact]
    public async Task Two_sweeps_that_share_runs_train_them_once_and_both_have_them()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var small = await cluster.Client.Submit(TestSweeps.Document("small", "0..1"), TestContext.Current.CancellationToken);
        var large = await cluster.Client.Submit(TestSweeps.Document("large", "0..3"), TestContext.Current.CancellationToken);
        Assert.NotEqual(small.Id, large.Id);
        var first = await cluster.Client.Ended(small.Id);
        var second = await cluster.Client.Ended(large.Id);
        var third = await cluster.Client.Submit(TestSweeps.Document("after", "1..2"), TestContext.Current.CancellationToken);
        Assert.Equal((4, 8, 4), (first.Sweep.Runs.Completed, second.Sweep.Runs.Completed, (await cluster.Client.Ended(third.Id)).Sweep.Runs.Completed));
        Assert.Equal(1, (await cluster.Client.GetSweep(third.Id, TestContext.Current.CancellationToken)).Groups[1].InductionShare().Value);
        Assert.Equal(8, runner.Begun.Count);
    }

    [Fact]
    public async Task A_sweep_that_wants_more_snapshots_of_a_completed_run_trains_it_again_and_leaves_the_other_sweeps_result_alone()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        using var gate = new Gate();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var coarse = await cluster.Client.Submit(TestSweeps.Document("coarse", "0", "[2]"), TestContext.Current.CancellationToken);
        var before = await cluster.Client.Ended(coarse.Id);
        runner.Before = (_, step) =>
        {
            if (step == 75)
            {
                gate.Pass();
            }
        };
        var fine = await cluster.Client.Submit(TestSweeps.Document("fine", "0", "[2]", every: 25), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        var meanwhile = await cluster.Client.GetSweep(coarse.Id, TestContext.Current.CancellationToken);
        gate.Open();
        var after = await cluster.Client.Ended(fine.Id);
        Assert.Equal(1, meanwhile.Sweep.Runs.Completed);
        Assert.Equal(TestSweeps.Json(before.Groups), TestSweeps.Json(meanwhile.Groups));
        Assert.Equal(37.5, after.Groups[0].TransitionStep().Median);
        Assert.Equal(25.0, (await cluster.Client.GetSweep(coarse.Id, TestContext.Current.CancellationToken)).Groups[0].TransitionStep().Median);
    }

    [Fact]
    public async Task A_sweep_that_wants_more_while_the_run_is_under_way_gets_it()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        using var gate = new Gate();
        runner.Before = (member, step) =>
        {
            if (step == 50 && member.Assignment.Run.Attempt == 1)
            {
                gate.Pass();
            }
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var coarse = await cluster.Client.Submit(TestSweeps.Document("coarse", "0", "[2]"), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        var fine = await cluster.Client.Submit(TestSweeps.Document("fine", "0", "[2]", every: 25), TestContext.Current.CancellationToken);
        await TestSweeps.Until(() => cluster.Client.GetSweep(fine.Id), s => s.Sweep.Runs.Pending == 0);
        gate.Open();
        Assert.Equal(25.0, (await cluster.Client.Ended(coarse.Id)).Groups[0].TransitionStep().Median);
        Assert.Equal(37.5, (await cluster.Client.Ended(fine.Id)).Groups[0].TransitionStep().Median);
        Assert.Equal(2, runner.Begun.Count);
    }

    [Fact]
    public async Task A_budget_of_runs_stops_the_sweep_with_that_reason_and_not_one_run_late()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0..9", extra: "budget: { runs: 5 }"), TestContext.Current.CancellationToken);
        var result = await cluster.Client.Ended(submitted.Id);
        Assert.Equal((SweepState.Stopped, 5, 15), (result.Sweep.State, result.Sweep.Runs.Completed, result.Sweep.Runs.Cancelled));
        Assert.Contains("budget of 5 runs", result.Sweep.Reason, StringComparison.Ordinal);
        Assert.Equal(5, runner.Begun.Count);
    }

    [Fact]
    public async Task A_sweep_cancelled_while_it_trains_ends_its_open_and_pending_runs_and_keeps_what_is_completed()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner();
        using var gate = new Gate();
        runner.Before = (member, step) =>
        {
            if (step == 50 && member.Assignment.Configuration.Seed >= 1)
            {
                gate.Pass();
            }
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0..9"), TestContext.Current.CancellationToken);
        await gate.Arrivals(2);
        await TestSweeps.Until(() => cluster.Client.GetSweep(submitted.Id), s => s.Sweep.Runs.Completed == 2);

        var summary = await cluster.Client.CancelSweep(submitted.Id, TestContext.Current.CancellationToken);
        gate.Open();

        Assert.Equal(SweepState.Cancelled, summary.State);
        var runs = await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken);
        Assert.Equal(2, runs.Count(r => r.State == RunState.Completed));
        Assert.Equal(18, runs.Count(r => r.State == RunState.Cancelled));
        await TestSweeps.Until(() => cluster.Client.ListWorkers(), workers => workers.Single().Busy == 0); // the slots are free
        var result = await cluster.Client.GetSweep(submitted.Id, TestContext.Current.CancellationToken);
        Assert.Equal((2, 18, 20), (result.Sweep.Runs.Completed, result.Sweep.Runs.Cancelled, result.Sweep.Runs.Total));
        Assert.Equal(0, result.Groups.Sum(group => group.Failed)); // cancelled is not failed, in no list of groups
        Assert.Equal(0, (await cluster.Client.GetProgress(submitted.Id, TestContext.Current.CancellationToken)).Groups.Sum(group => group.Failed));
        Assert.Equal(1, result.Groups[1].InductionShare().N);
        Assert.Equal(4, runner.Begun.Count); // two completed, two stopped, nothing started afterwards
    }
}
