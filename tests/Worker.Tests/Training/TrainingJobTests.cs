using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Tests.Packs;
using Orchestrator.Worker.Training;

namespace Orchestrator.Worker.Tests.Training;

/// <summary>What training tells of a run, with the real kernels and a model of a few hundred numbers.</summary>
public sealed class TrainingJobTests
{
    [Fact]
    public async Task Every_snapshot_of_the_plan_is_told_in_order_and_then_the_end()
    {
        using var worker = Training();

        await worker.Train();

        Assert.Equal(Enumerable.Range(0, 20), worker.Reported);
        var end = Assert.Single(worker.Finished);
        Assert.Equal((RunOutcome.Completed, 19, null), (end.Outcome, end.Step, end.Reason));
    }

    [Fact]
    public async Task Checkpoints_come_with_the_snapshots_but_for_the_last_which_needs_none()
    {
        using var worker = Training(checkpointEvery: TimeSpan.Zero);

        await worker.Train();

        Assert.Equal(Enumerable.Range(0, 19), worker.Reports.SelectMany(report => report.Checkpoints).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task Before_its_time_has_come_there_is_no_checkpoint()
    {
        using var worker = Training(checkpointEvery: TimeSpan.FromDays(1));

        await worker.Train();

        Assert.DoesNotContain(worker.Reports, report => report.Checkpoints.Count > 0);
    }

    [Fact]
    public async Task A_run_that_is_given_back_goes_on_from_its_checkpoint_to_the_same_weights()
    {
        using var whole = Training();
        await whole.Train();

        using var first = Training();
        first.Answer = report =>
        {
            if (report.Snapshots.Any(snapshot => snapshot.Step == 7))
            {
                _ = first.Drain();
            }
            return new ReportReply(true, null);
        };
        await first.Train();
        var given = Assert.Single(first.Finished);
        Assert.Equal(RunOutcome.Released, given.Outcome);
        Assert.InRange(given.Step, 7, 18);

        var checkpoint = first.Reports.SelectMany(report => report.Checkpoints).Last();
        Assert.Equal(given.Step, checkpoint.Step);
        using var second = Training();
        second.Keep(first);
        (second.Resume, second.Stored) = ([checkpoint], [.. Weights(first).Select(stored => new StoredSnapshot(stored.Key, stored.Value, true))]);
        await second.Train();

        Assert.Equal(Enumerable.Range(0, 20), first.Reported.Concat(second.Reported));
        Assert.Equal(Weights(whole), Weights(first).Concat(Weights(second)).ToDictionary());
    }

    [Fact]
    public async Task A_run_whose_checkpoint_cannot_be_read_starts_anew()
    {
        using var worker = Training();
        worker.Resume = [new StoredCheckpoint(0, worker.Store("no checkpoint"))];

        await worker.Train();

        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
        Assert.Equal(Enumerable.Range(0, 20), worker.Reported);
    }

    [Fact]
    public async Task A_loss_that_is_no_number_fails_the_run_and_says_what_to_change()
    {
        using var worker = Training();
        worker.Trained = worker.Trained with { Train = worker.Trained.Train with { Lr = 1e30 } };

        await worker.Train();

        var end = Assert.Single(worker.Finished);
        Assert.Equal(RunOutcome.Failed, end.Outcome);
        Assert.Contains("lower train.lr", end.Reason, StringComparison.Ordinal);
    }

    private static ScriptedWorker Training(TimeSpan? checkpointEvery = null)
    {
        ScriptedWorker? worker = null;
        var options = new WorkerOptions { WorkerId = "w#1", CheckpointEvery = checkpointEvery ?? TimeSpan.FromSeconds(10) };
        worker = new ScriptedWorker(pack => new TrainRunner(options, worker!.Time, NullLogger<TrainRunner>.Instance).Run(pack));
        return worker;
    }

    private static Dictionary<int, string> Weights(ScriptedWorker worker) =>
        worker.Reports.SelectMany(report => report.Snapshots).ToDictionary(snapshot => snapshot.Step, snapshot => snapshot.WeightsHash);
}
