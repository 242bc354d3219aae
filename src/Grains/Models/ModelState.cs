using System.Text.Json.Serialization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Models;

/// <summary>Everything durable about a run but its metrics. Lists itself once per sweep that asked for it.</summary>
public sealed class ModelState : IListed
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

    /// <summary>Snapshots that are durable with their metrics, by step.</summary>
    public SortedDictionary<int, string> Snapshots { get; set; } = [];

    /// <summary>Where the next attempt can continue, newest first; the second is for the case that the first is torn.</summary>
    public List<StoredCheckpoint> Checkpoints { get; set; } = [];

    /// <summary>Whether the attempt under way was handed out before a sweep asked for more than it brings.</summary>
    public bool Outgrown { get; set; }

    /// <summary>W3C trace context of the run's trace.</summary>
    public string? TraceParent { get; set; }

    /// <summary>First claim.</summary>
    public DateTimeOffset? Started { get; set; }

    /// <summary>When it reached a final state.</summary>
    public DateTimeOffset? Ended { get; set; }

    /// <summary>Device time over all attempts, seconds.</summary>
    public double DeviceSeconds { get; set; }

    /// <summary>The vector that the next write makes durable together with this state.</summary>
    [JsonIgnore]
    public FactRow? Measured { get; set; }

    /// <summary>Newest snapshot step, or -1.</summary>
    [JsonIgnore]
    public int LastStep => Snapshots.Count == 0 ? -1 : Snapshots.Keys.Last();

    /// <summary>Keeps a newer checkpoint and the one before it.</summary>
    public void Keep(StoredCheckpoint? checkpoint)
    {
        if (checkpoint is not null && !Checkpoints.Contains(checkpoint))
        {
            Checkpoints = [checkpoint, .. Checkpoints.Take(1)];
        }
    }

    /// <inheritdoc/>
    public void Collect(RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        rows.Runs.AddRange(Subscriptions.Select(RowFor));
        if (Measured is { } fact)
        {
            rows.Facts.Add(fact);
        }
    }

    /// <summary>The run as one sweep lists it.</summary>
    public RunRow RowFor(Subscription subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        return subscription.Settled ?? new RunRow
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
            Finals = subscription.Finals,
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
    /// <summary>How the run ended for this sweep, where another sweep had it trained again since; null otherwise.</summary>
    public RunRow? Settled { get; set; }
    /// <summary>Whether the sweep waits for what comes next.</summary>
    [JsonIgnore]
    public bool Wants => Withdrawn is null && Settled is null;
}
