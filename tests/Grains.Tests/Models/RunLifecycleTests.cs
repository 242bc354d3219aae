using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Models;

namespace Orchestrator.Grains.Tests.Models;

public sealed class RunLifecycleTests
{
    private static readonly Gen<string> Workers = Gen.OneOf(Gen.Const("a#1"), Gen.Const("b#1"));
    private static readonly Gen<int> Attempts = Gen.Int[0, 4];

    private static readonly Gen<RunEvent> Events = Gen.OneOf<RunEvent>(
        Gen.Const<RunEvent>(new RunEvent.Dispatched()),
        Gen.Select(Attempts, Workers, Gen.Bool, (n, w, trains) => (RunEvent)new RunEvent.Claimed(n, w, trains)),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.Progressed(n, w)),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.TrainedToTheEnd(n, w)),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.Succeeded(n, w)),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.Refuted(n, w, "NaN")),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.Faulted(n, w, "out of memory")),
        Gen.Select(Attempts, Workers, (n, w) => (RunEvent)new RunEvent.Released(n, w, "drained")),
        Gen.Const<RunEvent>(new RunEvent.LeaseExpired("silent")),
        Gen.Const<RunEvent>(new RunEvent.ProcessRestarted()),
        Gen.Const<RunEvent>(new RunEvent.Cancelled("on request")));

    [Fact]
    public void Whatever_happens_in_whatever_order_the_invariants_hold() =>
        Events.List[0, 40].Sample(events =>
        {
            var run = RunLifecycle.New;
            foreach (var happened in events)
            {
                if (run.Next(happened) is not { } next)
                {
                    continue;
                }
                Assert.False(run.State.IsFinal(), $"{run} left a final state by {happened}");
                Assert.True(next.Attempt == run.Attempt || (happened is RunEvent.Dispatched && next.Attempt == run.Attempt + 1), "an attempt number moves by dispatching alone, by one");
                Assert.True(next.Fruitless <= RunLifecycle.MostFruitless);
                if (happened is RunEvent.Held held)
                {
                    Assert.Equal(run.Attempt, held.Attempt);
                    Assert.Equal(run.Worker, held.Worker);
                }
                if (next.State is RunState.Training or RunState.Measuring)
                {
                    Assert.NotNull(next.Worker);
                }
                if (next.State is RunState.Failed or RunState.Cancelled or RunState.Lost)
                {
                    Assert.NotNull(next.Reason);
                }
                run = next;
            }
        });

    [Fact]
    public void An_undisturbed_run_goes_from_pending_to_completed()
    {
        var run = After(new RunEvent.Dispatched(), new RunEvent.Claimed(1, "a#1"), new RunEvent.TrainedToTheEnd(1, "a#1"), new RunEvent.Succeeded(1, "a#1"));
        Assert.Equal(new RunLifecycle(RunState.Completed, 1, 0, "a#1", null), run);
    }

    [Fact]
    public void A_run_that_is_only_measured_never_trains()
    {
        var held = After(new RunEvent.Dispatched(), new RunEvent.Claimed(1, "a#1", Trains: false));
        Assert.Equal(RunState.Measuring, held.State);
        Assert.Null(held.Next(new RunEvent.TrainedToTheEnd(1, "a#1")));
        Assert.Equal(RunState.Completed, After(held, new RunEvent.Succeeded(1, "a#1")).State);
        Assert.Equal(RunState.Lost, After(held, new RunEvent.LeaseExpired("silent")).State);
    }

    [Fact]
    public void A_claim_is_granted_once_and_again_to_the_same_worker_only()
    {
        var held = After(new RunEvent.Dispatched(), new RunEvent.Claimed(1, "a#1"));
        Assert.Equal(held, held.Next(new RunEvent.Claimed(1, "a#1")));
        Assert.Null(held.Next(new RunEvent.Claimed(1, "b#1")));
    }

    [Fact]
    public void A_result_of_an_older_attempt_is_refused()
    {
        var second = After(new RunEvent.Dispatched(), new RunEvent.Claimed(1, "a#1"), new RunEvent.LeaseExpired("silent"), new RunEvent.Dispatched(), new RunEvent.Claimed(2, "b#1"));
        Assert.Null(second.Next(new RunEvent.Succeeded(1, "a#1")));
        Assert.NotNull(second.Next(new RunEvent.Succeeded(2, "b#1")));
    }

    [Fact]
    public void Three_attempts_without_progress_fail_the_run_and_progress_resets_the_count()
    {
        var run = RunLifecycle.New;
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            run = After(run, new RunEvent.Dispatched(), new RunEvent.Claimed(attempt, "a#1"), new RunEvent.Faulted(attempt, "a#1", "out of memory"));
            Assert.Equal(RunState.Lost, run.State);
        }
        var third = After(run, new RunEvent.Dispatched(), new RunEvent.Claimed(3, "a#1"));
        Assert.Equal(RunState.Failed, After(third, new RunEvent.LeaseExpired("silent")).State);
        Assert.Equal(RunState.Lost, After(third, new RunEvent.Progressed(3, "a#1"), new RunEvent.LeaseExpired("silent")).State);
    }

    [Fact]
    public void Giving_a_run_back_or_restarting_the_process_costs_no_attempt()
    {
        var run = RunLifecycle.New;
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            run = After(run, new RunEvent.Dispatched(), new RunEvent.Claimed(attempt, "a#1"), attempt % 2 == 0 ? new RunEvent.ProcessRestarted() : new RunEvent.Released(attempt, "a#1", "drained"));
        }
        Assert.Equal(RunState.Lost, run.State);
    }

    private static RunLifecycle After(params RunEvent[] events) => After(RunLifecycle.New, events);

    private static RunLifecycle After(RunLifecycle run, params RunEvent[] events) =>
        events.Aggregate(run, (state, happened) => state.Next(happened) ?? throw new InvalidOperationException($"{happened} was refused in {state}"));
}
