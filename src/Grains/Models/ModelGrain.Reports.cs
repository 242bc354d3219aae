using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Grains.Models;

/// <summary>What the holder of a run's lease reports, and what is refused.</summary>
internal sealed partial class ModelGrain
{
    public async Task<ReportReply> Report(RunReport report)
    {
        using var activity = GrainTelemetry.InRun("model.report", Run.TraceParent);
        activity?.SetTag("snapshots", string.Join(',', report.Snapshots.Select(s => s.Step)));
        activity?.SetTag("outcome", report.End?.Outcome.ToString());
        var what = report.End is not null ? "result" : report.Snapshots.Count > 0 ? "snapshot" : "checkpoint";
        var (attempt, worker) = (report.Run.Attempt, report.WorkerId);
        if (report.End is not null && Run.Lifecycle.State.IsFinal() && Run.Lifecycle.Attempt == attempt && Run.Lifecycle.Worker == worker)
        {
            return Accepted(); // the answer to the first copy of this message was lost
        }
        if (!HeldBy(report.Run, worker))
        {
            return new ReportReply(false, Refuse(what, report.Run, worker));
        }
        if (report.Trained != this.GetPrimaryKeyString())
        {
            return await TakeBack(what, report, $"its pack held another configuration, the one of run {report.Trained}");
        }
        if (ReportRules.Flaw(report, Run.Configuration!) is { } flaw)
        {
            return new ReportReply(false, Disbelieve(what, report.Run, worker, flaw));
        }
        if (await Unseen(report) is { Count: > 0 } unseen)
        {
            return new ReportReply(false, Disbelieve(what, report.Run, worker, $"the artifact store here does not have {string.Join(", ", unseen)}"), Unseen: unseen);
        }
        // Everything that can fail comes before the first change: a state that is ahead of what is stored would answer for it.
        var stored = report.End?.Outcome is RunOutcome.Completed or RunOutcome.SnapshotLost ? await StoredFacts() : [];
        Keep(report);
        if (report.End is { } end)
        {
            Conclude(report.Run, worker, end, With(stored, Run.Measured));
        }
        await Save();
        _leaseUntil = leases.Now + options.Value.Lease;
        GrainTelemetry.Snapshots.Add(report.Snapshots.Count);
        if (report.Snapshots is [.., var last] && Run.Lifecycle.State != RunState.Completed)
        {
            await TellProgress(last.Step, report.Snapshots.Max(s => RunFinalsReader.PrefixMatchingMax(Run.Configuration!, s.Measures, s.Metrics)));
        }
        if (report.End is not null)
        {
            await Tell();
        }
        if (Run.Lifecycle.State.IsFinal())
        {
            DeactivateOnIdle(); // a sweep of a million runs must not hold a million models in memory
        }
        return Accepted();
    }

    /// <summary>Snapshots that the report adds and that this silo cannot read: a result that is accepted must be there when somebody asks for it.</summary>
    private Task<IReadOnlyList<string>> Unseen(RunReport report) => artifacts.Unseen(
        report.Snapshots.Where(s => Run.Snapshots.GetValueOrDefault(s.Step) != s.WeightsHash).Select(s => s.WeightsHash), time, CancellationToken.None);

    /// <summary>Nothing is kept of what was reported about something else, and the run is handed out again.</summary>
    private async Task<ReportReply> TakeBack(string what, RunReport report, string flaw)
    {
        var reason = Disbelieve(what, report.Run, report.WorkerId, flaw);
        Move(new RunEvent.Faulted(report.Run.Attempt, report.WorkerId, flaw));
        EndAttempt("refused");
        await Save();
        await Tell();
        return new ReportReply(false, reason);
    }

    private void Keep(RunReport report)
    {
        Run.Measured = [.. report.Snapshots
            .Where(s => s.Metrics.Length > 0)
            .Select(s => new FactRow(report.Run.RunId, s.Step, s.MetricVersion, s.Measures, report.Run.Attempt, s.WeightsHash, s.Metrics))];
        foreach (var snapshot in report.Snapshots)
        {
            Run.Snapshots[snapshot.Step] = snapshot.WeightsHash;
        }
        foreach (var checkpoint in report.Checkpoints)
        {
            Run.Keep(checkpoint);
        }
        if (report.Snapshots.Count + report.Checkpoints.Count > 0)
        {
            Move(new RunEvent.Progressed(report.Run.Attempt, report.WorkerId));
        }
    }

    private void Conclude(RunAttempt run, string worker, AttemptEnd end, IReadOnlyList<FactRow> measured)
    {
        var reason = end.Reason ?? "no reason given";
        var lost = $"the snapshot of step {end.Step} (weights {Run.Snapshots.GetValueOrDefault(end.Step)}) cannot be measured: {reason}";
        RunEvent ended = end.Outcome switch
        {
            RunOutcome.Completed when Run.FirstLacking(Run.Task, measured) is { } step =>
                new RunEvent.Faulted(run.Attempt, worker, $"it was reported as completed, but step {step} is not stored and measured as the sweeps want it by now"),
            RunOutcome.Completed => new RunEvent.Succeeded(run.Attempt, worker),
            RunOutcome.Failed => new RunEvent.Refuted(run.Attempt, worker, reason),
            RunOutcome.Faulted => new RunEvent.Faulted(run.Attempt, worker, reason),
            RunOutcome.SnapshotLost when !Run.MayTrain => new RunEvent.Refuted(run.Attempt, worker, $"{lost}. {TrainAgain}"),
            RunOutcome.SnapshotLost => new RunEvent.Released(run.Attempt, worker, lost),
            _ => new RunEvent.Released(run.Attempt, worker, reason),
        };
        if (end.Outcome == RunOutcome.SnapshotLost && Run.MayTrain)
        {
            Run.Forget(measured);
        }
        Move(ended);
        Run.DeviceSeconds += end.DeviceSeconds;
        EndAttempt(Json.Name(end.Outcome), end.Pack);
        if (Run.Lifecycle.State == RunState.Completed)
        {
            if (!Run.Plan!.Checkpoints.KeepCompleted)
            {
                Run.Checkpoints.Clear(); // its worker deletes the files
            }
            Run.Conclude(measured);
        }
    }

    /// <summary>Stored facts as they will be with those that are about to be stored.</summary>
    private static IReadOnlyList<FactRow> With(IReadOnlyList<FactRow> stored, IReadOnlyList<FactRow> fresh) =>
        fresh.Count == 0 ? stored : [.. stored.Where(s => !fresh.Any(f => f.Replaces(s))).Concat(fresh).OrderBy(f => f.Step)];

    private ReportReply Accepted() => new(true, null, [.. Run.Checkpoints]);

    private string Refuse(string what, RunAttempt run, string worker) => Disbelieve(
        what, run, worker, $"attempt {run.Attempt} is not current (the run is {Run.Lifecycle.State} at attempt {Run.Lifecycle.Attempt}, worker {Run.Lifecycle.Worker ?? "none"})");

    private string Disbelieve(string what, RunAttempt run, string worker, string why)
    {
        var reason = $"{what} of {worker} refused: {why}";
        GrainLog.Refused(log, this.GetPrimaryKeyString(), run.Attempt, reason);
        GrainTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("what", what));
        return reason;
    }
}
