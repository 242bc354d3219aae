using System.Text.Json;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Results;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Models;

/// <summary>What the holder of a run's lease reports, and what is refused.</summary>
internal sealed partial class ModelGrain
{
    public async Task<ReportReply> Report(SnapshotReport report)
    {
        using var activity = GrainTelemetry.InRun("model.snapshot", Run.TraceParent);
        activity?.SetTag("step", report.Step);
        if (!HeldBy(report.Run, report.WorkerId))
        {
            return new ReportReply(false, Refuse("snapshot", report.Run, report.WorkerId));
        }
        if (ReportRules.Flaw(report, Run.Configuration!) is { } flaw)
        {
            return new ReportReply(false, Disbelieve("snapshot", report.Run, report.WorkerId, flaw));
        }
        if (report.Metrics.Length > 0)
        {
            Run.Measured = new FactRow(report.Run.RunId, report.Step, report.MetricVersion, report.Measures, report.Run.Attempt, report.WeightsHash, report.Metrics);
        }
        Run.Snapshots[report.Step] = report.WeightsHash;
        Run.Keep(report.Checkpoint);
        Move(new RunEvent.Progressed(report.Run.Attempt, report.WorkerId));
        await Save();
        _leaseUntil = leases.Now + options.Value.Lease;
        GrainTelemetry.Snapshots.Add(1);
        var best = RunFinalsReader.PrefixMatchingMax(Run.Configuration!, report.Measures, report.Metrics);
        await TellProgress(report.Step, best);
        return Accepted();
    }

    public async Task<ReportReply> Report(CheckpointReport report)
    {
        if (!HeldBy(report.Run, report.WorkerId))
        {
            return new ReportReply(false, Refuse("checkpoint", report.Run, report.WorkerId));
        }
        if (ReportRules.Flaw(report.Checkpoint, Run.Configuration!) is { } flaw)
        {
            return new ReportReply(false, Disbelieve("checkpoint", report.Run, report.WorkerId, flaw));
        }
        Run.Keep(report.Checkpoint);
        Move(new RunEvent.Progressed(report.Run.Attempt, report.WorkerId));
        await Save();
        _leaseUntil = leases.Now + options.Value.Lease;
        return Accepted();
    }

    public async Task<ReportReply> Finish(RunFinished finished)
    {
        using var activity = GrainTelemetry.InRun("model.finish", Run.TraceParent);
        activity?.SetTag("outcome", finished.Outcome.ToString());
        var (attempt, worker, reason) = (finished.Run.Attempt, finished.WorkerId, finished.Reason ?? "no reason given");
        if (Run.Lifecycle.State.IsFinal() && Run.Lifecycle.Attempt == attempt && Run.Lifecycle.Worker == worker)
        {
            return Accepted(); // the answer to the first copy of this message was lost
        }
        if (!HeldBy(finished.Run, worker))
        {
            return new ReportReply(false, Refuse("result", finished.Run, worker));
        }
        if (ReportRules.Flaw(finished.Checkpoint, Run.Configuration!) is { } flaw)
        {
            return new ReportReply(false, Disbelieve("result", finished.Run, worker, flaw));
        }
        // Everything that can fail comes before the first change: a state that is ahead of what is stored would answer for it.
        var stored = finished.Outcome is RunOutcome.Completed or RunOutcome.SnapshotLost ? await StoredFacts() : [];
        var lost = $"the snapshot of step {finished.Step} (weights {Run.Snapshots.GetValueOrDefault(finished.Step)}) cannot be measured: {reason}";
        RunEvent ended = finished.Outcome switch
        {
            RunOutcome.Completed when Run.FirstLacking(Run.Task, stored) is { } step =>
                new RunEvent.Faulted(attempt, worker, $"it was reported as completed, but step {step} is not stored and measured as the sweeps want it by now"),
            RunOutcome.Completed => new RunEvent.Succeeded(attempt, worker),
            RunOutcome.Failed => new RunEvent.Refuted(attempt, worker, reason),
            RunOutcome.Faulted => new RunEvent.Faulted(attempt, worker, reason),
            RunOutcome.SnapshotLost when !Run.MayTrain => new RunEvent.Refuted(attempt, worker, $"{lost}. {TrainAgain}"),
            RunOutcome.SnapshotLost => new RunEvent.Released(attempt, worker, lost),
            _ => new RunEvent.Released(attempt, worker, reason),
        };
        if (finished.Outcome == RunOutcome.SnapshotLost && Run.MayTrain)
        {
            Run.Forget(stored);
        }
        Move(ended);
        Run.Keep(finished.Checkpoint);
        Run.DeviceSeconds += finished.DeviceSeconds;
        EndAttempt(JsonNamingPolicy.SnakeCaseLower.ConvertName(finished.Outcome.ToString()));
        if (Run.Lifecycle.State == RunState.Completed)
        {
            if (!Run.Plan!.Checkpoints.KeepCompleted)
            {
                Run.Checkpoints.Clear(); // its worker deletes the files
            }
            Run.Conclude(stored);
        }
        await Save();
        await Tell();
        if (Run.Lifecycle.State.IsFinal())
        {
            DeactivateOnIdle(); // a sweep of a million runs must not hold a million models in memory
        }
        return Accepted();
    }

    private ReportReply Accepted() => new(true, null, [.. Run.Checkpoints]);

    private string Refuse(string what, RunAttempt run, string worker) => Disbelieve(
        what, run, worker, $"attempt {run.Attempt} is not current (the run is {Run.Lifecycle.State} at attempt {Run.Lifecycle.Attempt}, worker {Run.Lifecycle.Worker ?? "none"})");

    private string Disbelieve(string what, RunAttempt run, string worker, string why)
    {
        var reason = $"{what} of {worker} refused: {why}";
        Log.Refused(log, this.GetPrimaryKeyString(), run.Attempt, reason);
        GrainTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("what", what));
        return reason;
    }
}
