using System.Text;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests.Packs;

/// <summary>An artifact store that is away for a while: its disk is full, or its server does not answer.</summary>
public sealed class StoreOutageTests
{
    private static readonly Exception Full = new ArtifactException("the disk is full") { MayPass = true };

    [Theory]
    [InlineData(2)]  // the run has ended, and its files wait
    [InlineData(12)] // the thread waits for room
    public async Task An_outage_longer_than_a_lease_costs_no_attempt_and_is_told_once(int snapshots)
    {
        using var worker = new ScriptedWorker(pack => Train(pack, snapshots)) { Away = Full };
        var trained = worker.Train();
        for (var second = 0; second < 300; second++)
        {
            await worker.Second();
        }
        Assert.Empty(worker.Reported);
        Assert.InRange(worker.Tries, 10, 30); // growing pauses, of at most 15 s

        worker.Away = null;
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal(Enumerable.Range(0, snapshots), worker.Reported);
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
        Assert.Equal((LogLevel.Warning, $"run {ScriptedWorker.Run.RunId}, attempt 1: the artifact store takes no file, waiting for it: the disk is full"), Assert.Single(worker.Lines, l => l.Level >= LogLevel.Warning));
        Assert.Single(worker.Lines, l => l.Text.Contains("is back after 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_outage_that_outlasts_the_patience_ends_the_attempt_as_faulted_with_its_reason()
    {
        using var worker = new ScriptedWorker(pack => Train(pack, 12), TimeSpan.FromSeconds(200)) { Away = Full };
        var trained = worker.Train();
        await worker.Until(() => trained.IsCompleted);
        await trained;

        var finished = Assert.Single(worker.Finished);
        Assert.Equal((RunOutcome.Faulted, "the artifact store takes no file for 200 s: the disk is full"), (finished.Outcome, finished.Reason));
        Assert.Empty(worker.Reported);
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_meanwhile_gives_its_runs_back()
    {
        using var worker = new ScriptedWorker(pack => Train(pack, 12)) { Away = Full };
        var trained = worker.Train();
        await worker.Until(() => worker.Tries > 3);

        await worker.Drain().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await trained;
        var finished = Assert.Single(worker.Finished);
        Assert.Equal(RunOutcome.Released, finished.Outcome);
        Assert.Contains("told to stop while the artifact store takes no file", finished.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_behind_until_what_it_did_is_acknowledged()
    {
        var (before, during) = (true, false);
        using var worker = new ScriptedWorker(pack =>
        {
            var member = pack.Members[0];
            before = member.IsBehind;
            member.Checkpoint(1, [1, 2, 3]);
            during = member.IsBehind;
            SpinWait.SpinUntil(() => !member.IsBehind, TimeSpan.FromSeconds(30));
            member.End(member.IsBehind ? RunOutcome.Faulted : RunOutcome.Completed, 1, null, null, 0);
        })
        { Away = new ArtifactException("away") { MayPass = true } };
        var trained = worker.Train();
        await worker.Until(() => worker.Tries > 0);
        worker.Away = null;
        await worker.Until(() => trained.IsCompleted);

        Assert.False(before);
        Assert.True(during);
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
    }

    [Fact]
    public async Task What_happened_while_the_store_was_away_is_told_in_few_reports_and_in_order()
    {
        using var worker = new ScriptedWorker(pack => Train(pack, 12)) { Away = Full };
        var trained = worker.Train();
        await worker.Until(() => worker.Tries > 3); // the thread has no room any more
        worker.Away = null;
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal(Enumerable.Range(0, 12), worker.Reported);
        Assert.Contains(worker.Reports, r => r.Snapshots.Count > 1);
        Assert.NotNull(worker.Reports.Last().End);
    }

    [Fact]
    public async Task What_the_store_took_before_it_stayed_away_is_told_with_the_end()
    {
        using var worker = new ScriptedWorker(pack => Train(pack, 12), TimeSpan.FromSeconds(200)) { Away = Full };
        var trained = worker.Train();
        await worker.Until(() => worker.Tries > 3);
        worker.Takes = 3;
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal([0, 1, 2], worker.Reported);
        Assert.Equal(RunOutcome.Faulted, Assert.Single(worker.Finished).Outcome);
    }

    [Fact]
    public async Task A_thread_that_hangs_elsewhere_is_not_kept_alive()
    {
        using var hung = new ManualResetEventSlim();
        var moved = false;
        using var worker = new ScriptedWorker(pack =>
        {
            pack.Members[0].Progress(1, 2.0);
            Volatile.Write(ref moved, true);
            hung.Wait(TestContext.Current.CancellationToken);
        });
        var trained = worker.Train();
        await worker.Until(() => Volatile.Read(ref moved));
        await worker.Second(); // tells that it moved
        for (var second = 0; second < ScriptedWorker.Lease.TotalSeconds + 1; second++)
        {
            await worker.Second();
            Assert.Equal(0, worker.Renewed);
        }
        hung.Set();
        await trained;
        Assert.Empty(worker.Finished); // the run is another's by now
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_read_for_a_while_is_waited_for_and_one_that_is_missing_is_left_out()
    {
        IReadOnlyList<CheckpointContent> resumed = [];
        using var worker = new ScriptedWorker(pack =>
        {
            resumed = pack.Members[0].Resume;
            pack.Members[0].End(RunOutcome.Completed, 19, null, null, 0);
        });
        worker.Resume = [new StoredCheckpoint(0, new string('a', 64)), new StoredCheckpoint(0, worker.Store("the one before"))];
        worker.Away = Full;
        var trained = worker.Train();
        for (var second = 0; second < 120; second++)
        {
            await worker.Second();
        }
        Assert.False(trained.IsCompleted);

        worker.Away = null;
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal("the one before", Encoding.UTF8.GetString(Assert.Single(resumed).Content));
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
        Assert.Single(worker.Lines, l => l.Text.Contains("trying the one before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stored_snapshot_is_waited_for_by_the_thread_that_measures_it()
    {
        var read = "";
        using var worker = new ScriptedWorker(pack =>
        {
            var weights = pack.Members[0].Weights(new StoredSnapshot(3, Hash, false));
            read = Encoding.UTF8.GetString(weights);
            pack.Members[0].End(RunOutcome.Completed, 19, null, null, 0);
        });
        Assert.Equal(Hash, worker.Store("weights"));
        worker.Away = Full;
        var trained = worker.Train();
        await worker.Until(() => worker.Tries > 12);
        worker.Away = null;
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal("weights", read);
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
    }

    private static string Hash { get; } = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("weights"u8));

    private static void Train(PackSession pack, int snapshots)
    {
        var member = pack.Members[0];
        var metrics = MetricVector.Undefined(MetricLayout.For(member.Assignment.Configuration.Model, [Measure.Heads]));
        for (var step = 0; step < snapshots; step++)
        {
            member.Progress(step, 1.0);
            member.Snapshot(step, Encoding.UTF8.GetBytes($"weights of step {step}"), metrics, null);
        }
        member.End(RunOutcome.Completed, 19, null, null, 1);
    }
}
