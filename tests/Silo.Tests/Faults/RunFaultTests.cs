using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Workers;

namespace Orchestrator.Silo.Tests.Faults;

/// <summary>Runs that fail, throw, hang, and processes that end in the middle.</summary>
public sealed class RunFaultTests
{
    [Fact]
    public async Task A_run_that_cannot_succeed_is_failed_with_its_reason_and_its_last_snapshot_while_the_others_go_on()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner
        {
            Before = (member, step) =>
            {
                if (step == 100 && member.Assignment.Configuration.Seed == 1)
                {
                    member.End(RunOutcome.Failed, 73, "the loss became NaN after step 73", null, 0);
                }
            },
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        var result = await cluster.Client.Ended(submitted.Id);

        Assert.Equal((SweepState.Completed, 4, 2), (result.Sweep.State, result.Sweep.Runs.Completed, result.Sweep.Runs.Failed));
        var failed = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).Where(r => r.State == RunState.Failed).ToArray();
        Assert.All(failed, run =>
        {
            Assert.Equal("the loss became NaN after step 73", run.Reason);
            Assert.Equal((50, 100), (run.Steps, run.FinalStep));
            Assert.NotNull(run.WeightsHash);
        });
        Assert.Equal([2, 2], result.Groups.Select(g => g.InductionShare().N));
        Assert.Equal(6, runner.Begun.Count); // tried once
    }

    [Fact]
    public async Task A_sweep_without_a_completed_run_has_failed()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner { Before = (member, step) => member.End(RunOutcome.Failed, step, "no", null, 0) };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken);
        Assert.Equal(SweepState.Failed, (await cluster.Client.Ended(submitted.Id)).Sweep.State);
    }

    [Fact]
    public async Task A_runner_that_throws_is_tried_three_times_and_then_the_run_is_failed_with_what_it_threw()
    {
        using var folder = new TestFolder();
        var runner = new ScriptedRunner
        {
            Before = (member, _) =>
            {
                if (member.Assignment.Configuration.Seed == 1)
                {
                    throw new InvalidOperationException("the device fell off the bus");
                }
            },
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(layers: "[2]"), TestContext.Current.CancellationToken);
        var result = await cluster.Client.Ended(submitted.Id);
        Assert.Equal((2, 1), (result.Sweep.Runs.Completed, result.Sweep.Runs.Failed));
        var failed = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).Single(r => r.State == RunState.Failed);
        Assert.Contains("3 attempts in a row", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("the device fell off the bus", failed.Reason, StringComparison.Ordinal);
        var attempts = (await cluster.Client.GetRun(failed.Id, TestContext.Current.CancellationToken)).Attempts!;
        Assert.Equal([1, 2, 3], attempts.Select(a => a.Attempt));
        Assert.All(attempts, a => Assert.Equal("faulted", a.Outcome));
    }

    [Fact]
    public async Task A_process_that_ends_in_the_middle_is_continued_by_the_next_one_with_the_same_result()
    {
        using var folder = new TestFolder();
        using var undisturbed = new TestFolder();
        string id;
        string[] completed;
        var first = new ScriptedRunner { HoldUntilDrained = (member, step) => step == 100 && member.Assignment.Configuration.Seed == 1 };
        await using (var cluster = await EmbeddedCluster.Start(folder, first))
        {
            id = (await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Id;
            await TestSweeps.Until(() => cluster.Client.ListRuns(id), runs => runs.Count(r => r.State == RunState.Completed) == 2 && runs.Count(r => r.Steps >= 50) == 4);
            completed = [.. (await cluster.Client.ListRuns(id, TestContext.Current.CancellationToken)).Where(r => r.State == RunState.Completed).Select(r => r.Id)];
            Assert.Equal(2, completed.Length);
        }

        var second = new ScriptedRunner();
        await using var next = await EmbeddedCluster.Start(folder, second);
        var result = await next.Client.Ended(id);
        Assert.Equal(6, result.Sweep.Runs.Completed);
        Assert.DoesNotContain(second.Begun, b => completed.Contains(b.Run.RunId)); // finished runs are not begun again
        Assert.Equal(2, second.Begun.Count(b => b is { From: 50, Run.Attempt: > 1 })); // open ones go on from their checkpoints
        Assert.Equal(4, second.Begun.Count);

        await using var quiet = await EmbeddedCluster.Start(undisturbed, new ScriptedRunner());
        var expected = await quiet.Client.Ended((await quiet.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Id);
        Assert.Equal(TestSweeps.Json(expected.Groups), TestSweeps.Json(result.Groups));
        Assert.Equal(TestSweeps.Json(expected.Sweep), TestSweeps.Json(result.Sweep));
    }

    [Fact]
    public async Task A_worker_that_stops_moving_loses_its_lease_and_its_late_report_is_refused()
    {
        using var folder = new TestFolder();
        using var gate = new Gate();
        var runner = new ScriptedRunner
        {
            Before = (member, step) =>
            {
                if (step == 100 && member.Assignment.Run.Attempt == 1)
                {
                    gate.Pass();
                }
            },
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner, configure: control => control.Lease = TimeSpan.FromSeconds(1));
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]"), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        Assert.Equal(1, (await cluster.Client.Ended(submitted.Id)).Sweep.Runs.Completed);

        var run = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).Single();
        var attempts = (await cluster.Client.GetRun(run.Id, TestContext.Current.CancellationToken)).Attempts!;
        Assert.Equal(["lost", "completed"], attempts.Select(a => a.Outcome));
        var late = await cluster.Services.GetRequiredService<GrainControlPlane>().Report(
            new RunReport(attempts[0].Worker!, new RunAttempt(run.Id, 1), [new MeasuredSnapshot(100, 1, [Measure.Heads], [], "00")], [], null, run.Id), TestContext.Current.CancellationToken);
        Assert.False(late.Accepted);
        Assert.Contains("attempt 1", late.Reason, StringComparison.Ordinal);
        gate.Open();
        await TestSweeps.Until(() => cluster.Client.ListWorkers(), workers => workers.Single().Busy == 0); // the hung slot comes back
        Assert.Equal(run.WeightsHash, (await cluster.Client.GetRun(run.Id, TestContext.Current.CancellationToken)).WeightsHash);
    }

    [Fact]
    public async Task A_pack_that_is_published_twice_is_trained_once()
    {
        using var folder = new TestFolder();
        using var gate = new Gate();
        var runner = new ScriptedRunner();
        runner.Before = (_, step) =>
        {
            if (step == 50)
            {
                gate.Pass();
            }
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]"), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        var run = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).Single();
        var copy = new RunAssignment(new RunAttempt(run.Id, 1), submitted.Id, run.Config, new Contracts.Sweeps.RunPlan { SnapshotSteps = [0, 50, 100], Measures = [Measure.Heads] }, null);
        var handler = cluster.Services.GetRequiredService<Messaging.IWorkHandler>();
        await handler.Train(new TrainPack("copy", [copy]), true, TestContext.Current.CancellationToken); // returns at once: nothing to do
        Assert.Single(runner.Begun);
        gate.Open();
        Assert.Equal(1, (await cluster.Client.Ended(submitted.Id)).Sweep.Runs.Completed);
        Assert.Single(runner.Begun);
    }
}
