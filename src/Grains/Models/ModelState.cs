using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;
using Orchestrator.Storage.States;

namespace Orchestrator.Grains.Models;

/// <summary>Everything durable about a run but its metrics. Lists itself once per sweep that asked for it.</summary>
public sealed class ModelState : IListed, IUnreadable
{
    /// <summary>What is trained; null until a sweep asked for the run.</summary>
    public RunConfiguration? Configuration { get; set; }

    /// <summary>What all sweeps together want of it.</summary>
    public RunPlan? Plan { get; set; }

    /// <summary>State, attempt, holder.</summary>
    public RunLifecycle Lifecycle { get; set; } = RunLifecycle.New;

    /// <summary>Sweeps that asked for the run, oldest first.</summary>
    public List<Subscription> Subscriptions { get; set; } = [];

    /// <summary>Every attempt, oldest first.</summary>
    public List<AttemptRecord> Attempts { get; set; } = [];

    /// <summary>Content hashes of the snapshots that are stored, by step. Which of them are measured, and how, the facts say.</summary>
    public SortedDictionary<int, string> Snapshots { get; set; } = [];

    /// <summary>Where the next attempt can continue, newest first; those after the first are for the case that it is torn.</summary>
    public List<StoredCheckpoint> Checkpoints { get; set; } = [];

    /// <summary>W3C trace context of the run's trace.</summary>
    public string? TraceParent { get; set; }

    /// <summary>First claim.</summary>
    public DateTimeOffset? Started { get; set; }

    /// <summary>When it reached a final state.</summary>
    public DateTimeOffset? Ended { get; set; }

    /// <summary>Device time over all attempts, seconds.</summary>
    public double DeviceSeconds { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public string? Unreadable { get; set; }

    /// <summary>The vectors that the next write makes durable together with this state.</summary>
    [JsonIgnore]
    public IReadOnlyList<FactRow> Measured { get; set; } = [];

    /// <summary>Newest snapshot step, or -1.</summary>
    [JsonIgnore]
    public int LastStep => Snapshots.Count == 0 ? -1 : Snapshots.Keys.Last();

    /// <summary>Whether somebody waits for more than new measurements of what is stored.</summary>
    [JsonIgnore]
    public bool MayTrain => Subscriptions.Exists(s => s.Wants && !s.Measuring);

    /// <summary>What the next attempt brings: all that is wanted, or as much of it as can be measured without training.</summary>
    [JsonIgnore]
    public RunPlan Task => MayTrain ? Plan! : Plan! with { SnapshotSteps = [.. Plan.SnapshotSteps.Where(Snapshots.ContainsKey)] };

    /// <summary>First step of a plan whose snapshot is not stored, or not measured as the plan wants it; null if nothing lacks.</summary>
    public int? FirstLacking(RunPlan plan, IEnumerable<FactRow> facts)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var measured = plan.MeasuredSteps(Snapshots, facts);
        return plan.SnapshotSteps.Where(step => !measured.Contains(step)).Select(step => (int?)step).FirstOrDefault();
    }

    /// <summary>Notes that a sweep wants the run. What the run came to for it before stays, if the sweep waits for nothing but measurements.</summary>
    public Subscription Subscribe(DispatchOrder order, string runId)
    {
        ArgumentNullException.ThrowIfNull(order);
        Configuration ??= order.Configuration;
        Plan = Plan.Union(order.Plan);
        var known = Subscriptions.Find(s => s.SweepId == order.SweepId);
        Subscriptions.RemoveAll(s => s.SweepId == order.SweepId);
        var measuring = known is { Measuring: true } || order.OnlyMeasure;
        var subscription = new Subscription
        {
            SweepId = order.SweepId,
            Index = order.Index,
            RunId = runId,
            Plan = order.Plan,
            Finals = known?.Finals,
            Settled = measuring ? known?.Settled : null,
            Measuring = measuring,
        };
        Subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>Sweeps that have this run's result keep it as it is, whatever becomes of the new attempts.</summary>
    public void Settle(Subscription? but)
    {
        foreach (var other in Subscriptions.Where(s => !ReferenceEquals(s, but) && s.Settled is null))
        {
            other.Settled = RowFor(other);
        }
    }

    /// <summary>The run is completed: every sweep that it has all measurements for has its result, at that sweep's threshold.</summary>
    public void Conclude(IReadOnlyList<FactRow> facts)
    {
        foreach (var subscription in Subscriptions)
        {
            subscription.Measuring = false;
            if (subscription.Settled is null or { State: RunState.Completed } && FirstLacking(subscription.Plan, facts) is null)
            {
                subscription.Settled = null;
                subscription.Finals = RunFinalsReader.Read(Configuration!, subscription.Plan, facts);
            }
        }
    }

    /// <summary>Forgets the snapshots that are not measured as they should be, because one of them is lost: training makes them anew.</summary>
    public void Forget(IEnumerable<FactRow> facts)
    {
        var measured = Plan!.MeasuredSteps(Snapshots, facts);
        foreach (var step in Snapshots.Keys.Where(step => !measured.Contains(step)).ToArray())
        {
            Snapshots.Remove(step);
        }
    }

    /// <summary>No attempt will follow: who waited for measurements keeps the result that it had, and learns why there are none.</summary>
    public void KeepResults(string reason)
    {
        foreach (var subscription in Subscriptions.Where(s => s.Measuring))
        {
            subscription.KeepResult(reason);
        }
    }

    /// <summary>Keeps a newer checkpoint and, of those before it, as many as the plan asks for.</summary>
    public void Keep(StoredCheckpoint checkpoint)
    {
        if (!Checkpoints.Contains(checkpoint))
        {
            Checkpoints = [checkpoint, .. Checkpoints.Take(Plan!.Checkpoints.Newest - 1)];
        }
    }

    /// <inheritdoc/>
    public void Collect(RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        rows.Runs.AddRange(Subscriptions.Select(RowFor));
        rows.Facts.AddRange(Measured);
    }

    /// <summary>The run as one sweep lists it.</summary>
    public RunRow RowFor(Subscription subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        var attempts = JsonSerializer.Serialize(Attempts, Json.Options);
        return !subscription.Measuring && subscription.Settled is { } settled ? settled with { Attempts = attempts } : new RunRow
        {
            SweepId = subscription.SweepId,
            Index = subscription.Index,
            RunId = subscription.RunId,
            State = subscription.Withdrawn is null ? Lifecycle.State : RunState.Cancelled,
            Attempt = Lifecycle.Attempt,
            Reason = subscription.Withdrawn ?? Lifecycle.Reason,
            Worker = Lifecycle.Worker,
            Step = LastStep,
            WeightsHash = Snapshots.Count == 0 ? null : Snapshots[LastStep],
            Started = Started,
            Ended = Ended,
            DeviceSeconds = DeviceSeconds,
            CpuKernels = Attempts.Count == 0 ? null : Attempts[^1].CpuKernels,
            Finals = subscription.Finals,
            Attempts = attempts,
            Pack = Attempts.LastOrDefault(a => a.Pack is not null)?.Pack,
        };
    }
}

/// <summary>One sweep's interest in a run.</summary>
public sealed record Subscription
{
    /// <summary>The sweep.</summary>
    public required string SweepId { get; init; }
    /// <summary>The run's number there.</summary>
    public required int Index { get; init; }
    /// <summary>The run.</summary>
    public required string RunId { get; init; }
    /// <summary>What the sweep wants of it.</summary>
    public required RunPlan Plan { get; init; }
    /// <summary>Why the sweep no longer wants it; null while it does.</summary>
    public string? Withdrawn { get; set; }
    /// <summary>What the run came to, at this sweep's threshold.</summary>
    public RunFinals? Finals { get; set; }
    /// <summary>How the run ended for this sweep, if it was asked for again since; null otherwise.</summary>
    public RunRow? Settled { get; set; }
    /// <summary>Whether the sweep waits for stored snapshots to be measured again; should that fail, it has what is settled.</summary>
    public bool Measuring { get; set; }
    /// <summary>Whether the sweep waits for what comes next.</summary>
    [JsonIgnore]
    public bool Wants => Withdrawn is null && (Settled is null || Measuring);

    /// <summary>Ends the wait for measurements; the result stays as it was.</summary>
    public void KeepResult(string reason)
    {
        Measuring = false;
        Settled = Settled! with { Reason = reason };
    }
}
