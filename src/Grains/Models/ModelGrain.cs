using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Grains.Models;

/// <inheritdoc cref="IModelGrain"/>
internal sealed partial class ModelGrain(
    [PersistentState("model")] IPersistentState<ModelState> stored,
    IFactStore facts,
    IArtifactStore artifacts,
    DispatchPump pump,
    IOptions<ControlPlaneOptions> options,
    LeaseClock leases,
    TimeProvider time,
    ILogger<ModelGrain> log) : Grain, IModelGrain, IIncomingGrainCallFilter
{
    private const string TrainAgain = "To train the run again, submit its sweep file under another name with these measures; the results it has stay as they are";
    private DateTimeOffset _leaseUntil;
    private DateTimeOffset _publishAfter;
    private TimeSpan _publishPause;
    private readonly Dictionary<string, RunRow> _told = [];
    private RunNews? _news;

    private ModelState Run => stored.State;

    private RunAttempt Current => new(this.GetPrimaryKeyString(), Run.Lifecycle.Attempt);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A lease is soft: whoever held it before this activation gets one whole lease to be heard again.
        _leaseUntil = leases.Now + options.Value.Lease;
        _publishAfter = time.GetUtcNow();
        _publishPause = options.Value.Lease;
        _news = new RunNews(log, this.GetPrimaryKeyString(), Run.Lifecycle);
        foreach (var row in Run.Subscriptions.Select(Run.RowFor))
        {
            _told[row.SweepId] = row;
        }
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _news?.Leave();
        return Task.CompletedTask;
    }

    /// <summary>A run that cannot be read has failed for its sweeps, and nobody needs to be told to leave it. Everybody else hears why.</summary>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (Run.Unreadable is not { } reason)
        {
            return context.Invoke();
        }
        context.Result = context.MethodName switch
        {
            nameof(Dispatch) or nameof(Supervise) => new DispatchReply(RunState.Failed, null, reason),
            nameof(Withdraw) => null,
            _ => throw new StorageException(reason),
        };
        return Task.CompletedTask;
    }

    public async Task<DispatchReply> Dispatch(DispatchOrder order)
    {
        var stored = await StoredFacts(); // everything that can fail comes before the first change
        var before = Run.Subscriptions.Find(s => s.SweepId == order.SweepId) is { } known ? Run.RowFor(known) : null;
        if (order.OnlyMeasure && before is not { State: RunState.Completed })
        {
            return new DispatchReply(before?.State ?? Run.Lifecycle.State, null); // there is no result to measure again
        }
        var lacking = Run.FirstLacking(order.Plan, stored);
        var subscription = Run.Subscribe(order, this.GetPrimaryKeyString());
        if (order.OnlyMeasure)
        {
            subscription.Settled = before;
        }
        if (lacking is null && (order.OnlyMeasure || Run.Lifecycle.State.IsFinal()))
        {
            return await Answer(subscription, RunFinalsReader.Read(Run.Configuration!, order.Plan, stored), null);
        }
        if (order.OnlyMeasure && order.Plan.SnapshotSteps.FirstOrDefault(s => !Run.Snapshots.ContainsKey(s), -1) is var missing and >= 0)
        {
            return await Answer(subscription, subscription.Finals, $"not measured again: the snapshot of step {missing} is no longer stored. {TrainAgain}");
        }
        if (Run.Lifecycle.State.IsFinal())
        {
            Run.Settle(but: order.OnlyMeasure ? null : subscription);
            Move(new RunEvent.AskedAgain());
            Run.Ended = null;
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

    public async Task<ClaimDecision> Claim(RunAttempt run, string worker, bool redelivered, string? cpuKernels)
    {
        using var activity = GrainTelemetry.InRun("model.claim", Run.TraceParent);
        var stored = await StoredFacts();
        var before = Run.Lifecycle;
        var trains = Run.Plan is not null && !Run.Task.SnapshotSteps.All(Run.Snapshots.ContainsKey);
        if (!Move(new RunEvent.Claimed(run.Attempt, worker, trains)))
        {
            if (redelivered && run.Attempt == Run.Lifecycle.Attempt)
            {
                Doubt();
            }
            return new ClaimDecision(null, Refuse("claim", run, worker));
        }
        if (Run.Lifecycle != before)
        {
            Run.Started ??= time.GetUtcNow();
            Run.Attempts.Add(new AttemptRecord(run.Attempt, worker, time.GetUtcNow(), null, null) { OnlyMeasured = !trains, CpuKernels = cpuKernels, Trace = GrainTelemetry.TraceOf(Run.TraceParent) });
            await Save();
            await Tell();
        }
        _leaseUntil = leases.Now + options.Value.Lease;
        var measured = Run.Plan!.MeasuredSteps(Run.Snapshots, stored);
        StoredSnapshot[] snapshots = [.. Run.Snapshots.Where(s => Run.Plan!.SnapshotSteps.Contains(s.Key)).Select(s => new StoredSnapshot(s.Key, s.Value, measured.Contains(s.Key)))];
        return new ClaimDecision(new RunGrant(run, options.Value.Lease, [.. Run.Checkpoints], snapshots), null);
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

    public async Task Withdraw(DispatchOrder order, string reason)
    {
        var subscription = Run.Subscriptions.Find(s => s.SweepId == order.SweepId);
        if (subscription is not null && (!subscription.Wants || Run.Lifecycle.State.IsFinal()))
        {
            return;
        }
        if (subscription is null)
        {
            Run.Configuration ??= order.Configuration; // never handed out for this sweep: now it never will be
            Run.Subscriptions.Add(new Subscription { SweepId = order.SweepId, Index = order.Index, RunId = this.GetPrimaryKeyString(), Plan = order.Plan, Withdrawn = reason });
        }
        else if (subscription.Measuring)
        {
            subscription.KeepResult(reason);
        }
        else
        {
            subscription.Withdrawn = reason;
        }
        var (worker, run) = (Run.Lifecycle.Worker, Current);
        if (!Run.Subscriptions.Exists(s => s.Wants) && Move(new RunEvent.Cancelled(reason)))
        {
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
            _news?.Tell(Run.Lifecycle, LogLevel.Warning);
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

    public Task<RunConfiguration?> Configuration() => Task.FromResult(Run.Configuration);

    private bool HeldBy(RunAttempt run, string worker) =>
        Run.Lifecycle.State is RunState.Training or RunState.Measuring && run.Attempt == Run.Lifecycle.Attempt && worker == Run.Lifecycle.Worker;

    /// <summary>
    /// The broker took the run's pack back from whoever holds it, so that process or its connection is gone. A holder that lives
    /// renews its lease several times in what is left of it.
    /// </summary>
    private void Doubt()
    {
        var soon = leases.Now + options.Value.Lease / 3;
        _leaseUntil = soon < _leaseUntil ? soon : _leaseUntil;
    }

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
            if (next.State != RunState.Completed)
            {
                Run.KeepResults(next.Reason!);
            }
        }
        Run.Lifecycle = next;
        return true;
    }

    private RunAssignment Publication()
    {
        _publishAfter = time.GetUtcNow() + _publishPause;
        _publishPause *= 2; // a pack that waits for a slot is not lost: ask again ever more rarely
        return new RunAssignment(Current, Run.Subscriptions[^1].SweepId, Run.Configuration!, Run.Task, Run.TraceParent);
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

    private void EndAttempt(string outcome, TrainedPack? pack = null)
    {
        if (Run.Attempts.Count > 0 && Run.Attempts[^1].Outcome is null)
        {
            Run.Attempts[^1] = Run.Attempts[^1] with { Ended = time.GetUtcNow(), Outcome = outcome, Pack = pack };
        }
    }

    private Task<IReadOnlyList<FactRow>> StoredFacts() =>
        Run.Snapshots.Count == 0 ? Task.FromResult<IReadOnlyList<FactRow>>([]) : facts.Run(this.GetPrimaryKeyString());

    /// <summary>Gives a sweep the result of what is stored, without an attempt.</summary>
    private async Task<DispatchReply> Answer(Subscription subscription, RunFinals? finals, string? reason)
    {
        subscription.Measuring = false;
        subscription.Finals = finals;
        if (subscription.Settled is not null || Run.Lifecycle.State != RunState.Completed)
        {
            subscription.Settled = (subscription.Settled ?? Run.RowFor(subscription)) with { State = RunState.Completed, Finals = finals, Reason = reason };
        }
        await Save();
        _told[subscription.SweepId] = Run.RowFor(subscription); // who asks learns it from the reply
        return new DispatchReply(RunState.Completed, null);
    }

    private async Task Save()
    {
        await stored.WriteOrLeave(this);
        Run.Measured = [];
        _news?.Tell(Run.Lifecycle);
    }

    private async Task TellProgress(int step, double? best)
    {
        foreach (var subscription in Run.Subscriptions.Where(s => s.Wants))
        {
            await GrainFactory.GetGrain<ISweepGrain>(subscription.SweepId).RunProgressed(subscription.Index, step, best);
        }
    }

    /// <summary>Tells every sweep for which the run is not what it was told last.</summary>
    private async Task Tell()
    {
        foreach (var row in Run.Subscriptions.Select(Run.RowFor).Where(row => _told.GetValueOrDefault(row.SweepId) != row).ToArray())
        {
            await GrainFactory.GetGrain<ISweepGrain>(row.SweepId).RunChanged(row);
            _told[row.SweepId] = row;
        }
    }
}
