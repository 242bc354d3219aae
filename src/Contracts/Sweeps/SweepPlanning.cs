using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Contracts.Sweeps;

/// <summary>A limit at which a sweep stops handing out runs, with that reason; what is open ends normally.</summary>
/// <param name="Runs">Most runs to train, or null.</param>
/// <param name="DeviceHours">Most hours of device time, or null.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.budget")]
public sealed record Budget(int? Runs, double? DeviceHours);

/// <summary>Which checkpoints of a run are kept; older ones are deleted as newer ones become durable.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.checkpoint-retention")]
public sealed record CheckpointRetention
{
    /// <summary>Newest ones of a run that is not completed, at least 1. With two, one may be torn.</summary>
    [Id(0)] public int Newest { get; init; } = 2;
    /// <summary>Whether those of a completed run stay.</summary>
    [Id(1)] public bool KeepCompleted { get; init; }
}

/// <summary>What a sweep wants from each of its runs beside the training itself; outside a run's identity.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-plan")]
public sealed record RunPlan
{
    /// <summary>Steps at which weights are kept and measured, ascending, with 0 and the last.</summary>
    [Id(0)] public required IReadOnlyList<int> SnapshotSteps { get; init; }
    /// <summary>Metric families.</summary>
    [Id(1)] public required IReadOnlyList<Measure> Measures { get; init; }
    /// <summary>Prefix-matching score from which a head can count as an induction head (math.md 5.9).</summary>
    [Id(2)] public double HeadThreshold { get; init; } = 0.4;
    /// <summary>Checkpoints to keep.</summary>
    [Id(3)] public CheckpointRetention Checkpoints { get; init; } = new();
}
