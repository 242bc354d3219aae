using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Results;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Models;

/// <inheritdoc cref="IModelGrain"/>
internal sealed class ModelGrain(
    [PersistentState("model")] IPersistentState<ModelState> stored,
    IFactStore facts,
    DispatchPump pump,
    IOptions<ControlPlaneOptions> options,
    LeaseClock leases,
    TimeProvider time,
    ILogger<ModelGrain> log) : Grain, IModelGrain
{
    private DateTimeOffset _leaseUntil;
    private DateTimeOffset _publishAfter;
    private TimeSpan _publishPause;

    private ModelState Run => stored.State;

    private RunAttempt Current => new(this.GetPrimaryKeyString(), Run.Lifecycle.Attempt);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A lease is soft: whoever held it before this activation gets one whole lease to be heard again.
        _leaseUntil = leases.Now + options.Value.Lease;
        _publishAfter = time.GetUtcNow();
        _publishPause = options.Value.Lease;
        return Task.CompletedTask;
    }

    public async Task<DispatchReply> Dispatch(DispatchOrder order)
    {
        Run.Configuration ??= order.Configuration;
        var before = Run.Lifecycle.State;
        var covered = Run.Plan?.Covers(order.Plan) ?? false;
        Run.Plan = Run.Plan.Union(order.Plan);
        var known = Run.Subscriptions.Find(s => s.SweepId == order.SweepId);
        Run.Subscriptions.RemoveAll(s => s.SweepId == order.SweepId);
        var subscription = new Subscription { SweepId = order.SweepId, Index = order.Index, RunId = this.GetPrimaryKeyString(), Plan = order.Plan };
        Run.Subscriptions.Add(subscription);

        if (Run.Lifecycle.State == RunState.Completed && covered)
        {
            subscription.Finals = known?.Finals ?? RunFinalsReader.Read(Run.Configuration, order.Plan, await facts.Run(subscription.RunId));
            await Save();
            return new DispatchReply(RunState.Completed, null);
        }
        if (Run.Lifecycle.State.IsFinal())
        {
            Settle(but: subscription);
            Move(new RunEvent.AskedAgain());
            StartOver(keepCheckpoints: covered);
        }
        if (before == RunState.Lost && (Run.Outgrown || !covered))
        {
            StartOver(keepCheckpoints: false); // they lie behind snapshots that are wanted now
        }
        else
        {
            Run.Outgrown |= before.IsOpen() && !covered; // the attempt under way does not know of this plan
        }
        if (Move(new RunEvent.Dispatched()))
        {
            using var activity = StartTrace(order);
            await Save();
            GrainTelemetry.Dispatched.Add(1);
            return new DispatchReply(RunState.Dispatched, Publication());
        }
        await Save();
        return new DispatchReply(Run.Lifecycle.State, null);
    }

    public async Task<ClaimDecision> Claim(RunAttempt run, string worker)
    {
        using var activity = GrainTelemetry.InRun("model.claim", Run.TraceParent);
        var before = Run.Lifecycle;
        if (!Move(new RunEvent.Claimed(run.Attempt, worker)))
        {
            return new ClaimDecision(null, Refuse("claim", run, worker));
        }
        if (Run.Lifecycle != before)
        {
            Run.Started ??= time.GetUtcNow();
            Run.Attempts.Add(new AttemptRecord(run.Attempt, worker, time.GetUtcNow(), null, null));
            await Save();
            await Tell();
        }
        _leaseUntil = leases.Now + options.Value.Lease;
        return new ClaimDecision(new RunGrant(run, options.Value.Lease, [.. Run.Checkpoints], Run.LastStep), null);
    }

    public async Task<string?> Beat(RunProgress progress, string worker)
    {
        if (Run.Lifecycle.State == RunState.Completed && progress.Run.Attempt == Run.Lifecycle.Attempt && worker == Run.Lifecycle.Worker)
        {
            return null; // its last report was accepted while this heartbeat was under way
        }
        if (!HeldBy(progress.Run, worker))
        {
            return Refuse("heartbeat", progress.Run, worker);
        }
        _leaseUntil = leases.Now + options.Value.Lease;
        if (progress.Step >= Run.Configuration!.Train.Steps)
        {
            Move(new RunEvent.TrainedToTheEnd(progress.Run.Attempt, worker));
        }
        await TellProgress(progress.Step, null);
        return null;
    }

    public async Task<ReportReply> Report(SnapshotReport report)
    {
        using var activity = GrainTelemetry.InRun("model.snapshot", Run.TraceParent);
        activity?.SetTag("step", report.Step);
        if (!HeldBy(report.Run, report.WorkerId))
        {
            return new ReportReply(false, Refuse("snapshot", report.Run, report.WorkerId));
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
        return new ReportReply(true, null);
    }

    public async Task<ReportReply> Report(CheckpointReport report)
    {
        if (!HeldBy(report.Run, report.WorkerId))
        {
            return new ReportReply(false, Refuse("checkpoint", report.Run, report.WorkerId));
        }
        Run.Keep(report.Checkpoint);
        Move(new RunEvent.Progressed(report.Run.Attempt, report.WorkerId));
        await Save();
        _leaseUntil = leases.Now + options.Value.Lease;
        return new ReportReply(true, null);
    }

    public async Task<ReportReply> Finish(RunFinished finished)
    {
        using var activity = GrainTelemetry.InRun("model.finish", Run.TraceParent);
        activity?.SetTag("outcome", finished.Outcome.ToString());
        var (attempt, worker, reason) = (finished.Run.Attempt, finished.WorkerId, finished.Reason ?? "no reason given");
        if (Run.Lifecycle.State.IsFinal() && Run.Lifecycle.Attempt == attempt && Run.Lifecycle.Worker == worker)
        {
            return new ReportReply(true, null); // the answer to the first copy of this message was lost
        }
        if (!HeldBy(finished.Run, worker))
        {
            return new ReportReply(false, Refuse("result", finished.Run, worker));
        }
        // Everything that can fail comes before the first change: a state that is ahead of what is stored would answer for it.
        var measured = finished.Outcome == RunOutcome.Completed ? await facts.Run(finished.Run.RunId) : [];
        if (finished.Outcome == RunOutcome.Completed && Run.Outgrown)
        {
            Move(new RunEvent.Released(attempt, worker, "another sweep asked for more snapshots or measures while this attempt was under way"));
            StartOver(keepCheckpoints: false);
        }
        else if (finished.Outcome == RunOutcome.Completed && Run.Plan!.SnapshotSteps.FirstOrDefault(s => !Run.Snapshots.ContainsKey(s), -1) is var missing and >= 0)
        {
            Move(new RunEvent.Faulted(attempt, worker, $"it was reported as completed without the snapshot of step {missing}"));
            StartOver(keepCheckpoints: false);
        }
        else
        {
            Move(finished.Outcome switch
            {
                RunOutcome.Completed => new RunEvent.Succeeded(attempt, worker),
                RunOutcome.Failed => new RunEvent.Refuted(attempt, worker, reason),
                RunOutcome.Faulted => new RunEvent.Faulted(attempt, worker, reason),
                _ => new RunEvent.Released(attempt, worker, reason),
            });
            Run.Keep(finished.Checkpoint);
        }
        Run.DeviceSeconds += finished.DeviceSeconds;
        EndAttempt(finished.Outcome.ToString().ToLowerInvariant());
        if (Run.Lifecycle.State == RunState.Completed)
        {
            Run.Checkpoints.Clear(); // nobody continues a completed run; its worker deletes the files
            Run.Subscriptions.ForEach(s => s.Finals = RunFinalsReader.Read(Run.Configuration!, s.Plan, measured));
        }
        await Save();
        await Tell();
        if (Run.Lifecycle.State.IsFinal())
        {
            DeactivateOnIdle(); // a sweep of a million runs must not hold a million models in memory
        }
        return new ReportReply(true, null);
    }

    public async Task Withdraw(string sweepId, string reason)
    {
        var subscription = Run.Subscriptions.Find(s => s.SweepId == sweepId);
        if (subscription is not { Wants: true } || Run.Lifecycle.State.IsFinal())
        {
            return;
        }
        subscription.Withdrawn = reason;
        if (!Run.Subscriptions.Exists(s => s.Wants))
        {
            var (worker, run) = (Run.Lifecycle.Worker, Current);
            Move(new RunEvent.Cancelled(reason));
            EndAttempt("cancelled");
            if (worker is not null)
            {
                pump.Stop(worker, new RunRefusal(run, reason));
            }
        }
        await Save();
        await Tell();
    }

    public async Task<DispatchReply> Supervise()
    {
        var now = time.GetUtcNow();
        var generation = options.Value.Generation;
        var restarted = generation is not null && Run.Lifecycle.Worker?.EndsWith("#" + generation, StringComparison.Ordinal) == false;
        RunEvent? lost = Run.Lifecycle.State switch
        {
            RunState.Training or RunState.Measuring when restarted => new RunEvent.ProcessRestarted(),
            RunState.Training or RunState.Measuring when leases.Now > _leaseUntil =>
                new RunEvent.LeaseExpired($"worker {Run.Lifecycle.Worker} did not renew its lease of {options.Value.Lease.TotalSeconds:0} s"),
            _ => null,
        };
        if (lost is not null && Move(lost))
        {
            Log.LeaseLost(log, this.GetPrimaryKeyString(), Run.Lifecycle.Attempt, Run.Lifecycle.Reason);
            GrainTelemetry.Lost.Add(1);
            EndAttempt("lost");
            await Save();
            await Tell();
        }
        if (Run.Lifecycle.State.IsFinal())
        {
            DeactivateOnIdle(); // it ended while the supervisor was on its way, and came back for this question alone
        }
        var publish = Run.Lifecycle.State == RunState.Dispatched && now >= _publishAfter;
        return new DispatchReply(Run.Lifecycle.State, publish ? Publication() : null);
    }

    public Task<RunDetail?> Detail(string? sweepId)
    {
        if (Run.Configuration is null || (Run.Subscriptions.Find(s => s.SweepId == sweepId) ?? Run.Subscriptions.FirstOrDefault()) is not { } subscription)
        {
            return Task.FromResult<RunDetail?>(null);
        }
        var row = Run.RowFor(subscription);
        return Task.FromResult<RunDetail?>(RunDetails.From(row, Run.Configuration) with { Attempts = Run.Attempts });
    }

    private bool HeldBy(RunAttempt run, string worker) =>
        Run.Lifecycle.State is RunState.Training or RunState.Measuring && run.Attempt == Run.Lifecycle.Attempt && worker == Run.Lifecycle.Worker;

    private bool Move(RunEvent happened)
    {
        if (Run.Lifecycle.Next(happened) is not { } next)
        {
            return false;
        }
        if (next.State.IsFinal() && !Run.Lifecycle.State.IsFinal())
        {
            Run.Ended = time.GetUtcNow();
            GrainTelemetry.Ended.Add(1, new KeyValuePair<string, object?>("state", next.State.ToString()));
        }
        Run.Lifecycle = next;
        return true;
    }

    private string Refuse(string what, RunAttempt run, string worker)
    {
        var reason = $"{what} refused: attempt {run.Attempt} of {worker} is not current (the run is {Run.Lifecycle.State} at attempt {Run.Lifecycle.Attempt}, worker {Run.Lifecycle.Worker ?? "none"})";
        Log.Refused(log, this.GetPrimaryKeyString(), run.Attempt, reason);
        GrainTelemetry.Refused.Add(1, new KeyValuePair<string, object?>("what", what));
        return reason;
    }

    private RunAssignment Publication()
    {
        _publishAfter = time.GetUtcNow() + _publishPause;
        _publishPause *= 2; // a pack that waits for a slot is not lost: ask again ever more rarely
        return new RunAssignment(Current, Run.Subscriptions[^1].SweepId, Run.Configuration!, Run.Plan!, Run.TraceParent);
    }

    private Activity? StartTrace(DispatchOrder order)
    {
        _publishPause = options.Value.Lease;
        if (Run.TraceParent is not null)
        {
            return GrainTelemetry.InRun("model.dispatch", Run.TraceParent);
        }
        Activity.Current = null; // a trace of its own: one per run, linked to the command that asked for it
        ActivityLink[] links = ActivityContext.TryParse(order.TraceParent, null, isRemote: true, out var command) ? [new ActivityLink(command)] : [];
        var activity = GrainTelemetry.Source.StartActivity(ActivityKind.Internal, parentContext: default, links: links, name: "run");
        activity?.SetTag("run", this.GetPrimaryKeyString());
        activity?.SetTag("sweep", order.SweepId);
        Run.TraceParent = activity?.Id;
        return activity;
    }

    /// <summary>Sweeps that have this run's result keep it as it is, whatever becomes of the new attempts.</summary>
    private void Settle(Subscription but)
    {
        foreach (var other in Run.Subscriptions.Where(s => s != but && s.Settled is null))
        {
            other.Settled = Run.RowFor(other);
        }
    }

    private void StartOver(bool keepCheckpoints)
    {
        Run.Ended = null;
        Run.Outgrown = false;
        if (!keepCheckpoints)
        {
            Run.Checkpoints.Clear();
            Run.Snapshots.Clear();
        }
    }

    private void EndAttempt(string outcome)
    {
        if (Run.Attempts.Count > 0 && Run.Attempts[^1].Outcome is null)
        {
            Run.Attempts[^1] = Run.Attempts[^1] with { Ended = time.GetUtcNow(), Outcome = outcome };
        }
    }

    private async Task Save()
    {
        await stored.WriteOrLeave(this);
        Run.Measured = null;
    }

    private async Task TellProgress(int step, double? best)
    {
        foreach (var subscription in Run.Subscriptions.Where(s => s.Wants))
        {
            await GrainFactory.GetGrain<ISweepGrain>(subscription.SweepId).RunProgressed(subscription.Index, step, best);
        }
    }

    private async Task Tell()
    {
        foreach (var subscription in Run.Subscriptions.Where(s => s.Settled is null))
        {
            await GrainFactory.GetGrain<ISweepGrain>(subscription.SweepId).RunChanged(Run.RowFor(subscription));
        }
    }
}
