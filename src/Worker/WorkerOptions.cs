namespace Orchestrator.Worker;

/// <summary>How one worker process works.</summary>
public sealed record WorkerOptions
{
    /// <summary><c>name#generation</c>.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Device class: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Packs trained at a time; by default one per core.</summary>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>How often leases are renewed.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Least time between two checkpoints of a run; zero writes one with every snapshot.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(10);
}
