using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests.Packs;

/// <summary>What becomes of a pack that comes from the queue.</summary>
public sealed class PackHandlerTests
{
    [Fact]
    public async Task A_claim_without_an_answer_is_asked_again()
    {
        using var worker = new ScriptedWorker(Complete);
        var asked = 0;
        worker.Claims = claim => ++asked < 3 ? throw new TimeoutException("no answer") : worker.Grant(claim);

        var done = worker.Train();
        await worker.Until(() => done.IsCompleted);

        Assert.True(await done);
        Assert.Equal(3, asked);
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
    }

    [Fact]
    public async Task A_pack_whose_claim_is_never_answered_goes_back_to_its_queue()
    {
        using var worker = new ScriptedWorker(_ => Assert.Fail("it was trained"));
        worker.Claims = _ => throw new TimeoutException("no answer");

        var done = worker.Train();
        await worker.Until(() => done.IsCompleted);

        Assert.False(await done);
        Assert.Empty(worker.Reports);
    }

    [Fact]
    public async Task What_is_not_granted_is_not_trained_and_its_pack_is_done()
    {
        using var worker = new ScriptedWorker(_ => Assert.Fail("it was trained"));
        worker.Claims = claim => new ClaimReply([], [.. claim.Runs.Select(run => new RunRefusal(run, "another holds it"))]);

        Assert.True(await worker.Train());

        Assert.Empty(worker.Reports);
        Assert.Contains(worker.Lines, line => line.Text.Contains("not granted: another holds it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_copy_of_a_pack_asks_for_nothing_while_the_first_is_worked_on()
    {
        using var go = new ManualResetEventSlim();
        using var worker = new ScriptedWorker(
            pack =>
            {
                go.Wait(TestContext.Current.CancellationToken);
                Complete(pack);
            },
            slots: 2);
        var claims = 0;
        worker.Claims = claim =>
        {
            claims++;
            return worker.Grant(claim);
        };
        var first = worker.Train();
        await worker.Until(() => claims == 1);

        Assert.True(await worker.Train());

        go.Set();
        Assert.True(await first);
        Assert.Equal(1, claims);
        Assert.Single(worker.Finished);
    }

    [Fact]
    public async Task A_runner_that_throws_ends_its_runs_as_faulted_with_what_it_said()
    {
        using var worker = new ScriptedWorker(_ => throw new InvalidOperationException("the device is gone"));

        Assert.True(await worker.Train());

        var end = Assert.Single(worker.Finished);
        Assert.Equal((RunOutcome.Faulted, "the device is gone"), (end.Outcome, end.Reason));
        Assert.Contains(worker.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_run_that_the_runner_forgets_is_faulted()
    {
        using var worker = new ScriptedWorker(pack => pack.Members[0].Progress(7, 1.5));

        Assert.True(await worker.Train());

        var end = Assert.Single(worker.Finished);
        Assert.Equal((RunOutcome.Faulted, 7), (end.Outcome, end.Step));
    }

    [Fact]
    public async Task A_run_that_the_control_plane_stops_is_left_without_a_word()
    {
        using var worker = new ScriptedWorker(pack => SpinWait.SpinUntil(() => pack.Members[0].Stopped, TimeSpan.FromSeconds(30)));
        worker.Beats = _ => new HeartbeatReply(true, [new RunRefusal(ScriptedWorker.Run, "cancelled on request")], []);

        var done = worker.Train();
        await worker.Until(() => done.IsCompleted);

        Assert.True(await done);
        Assert.Empty(worker.Reports);
        Assert.Contains(worker.Lines, line => line.Text.EndsWith("stopped: cancelled on request", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Told_to_stop_it_waits_for_the_packs_at_hand_and_lets_others_go_back()
    {
        using var worker = new ScriptedWorker(pack =>
        {
            pack.Draining.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            pack.Members[0].End(RunOutcome.Released, 3, "the worker was told to stop", null, 0);
        });
        var first = worker.Train();
        await worker.Until(() => worker.Busy == 1);

        await worker.Drain();

        Assert.True(await first);
        Assert.Equal(RunOutcome.Released, Assert.Single(worker.Finished).Outcome);
        Assert.False(await worker.Train());
    }

    private static void Complete(PackSession pack) => pack.Members[0].End(RunOutcome.Completed, 19, null, null, 1);
}
