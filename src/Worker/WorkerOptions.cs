using Orchestrator.Contracts.Work;

namespace Orchestrator.Worker;

/// <summary>How one worker process works.</summary>
public sealed record WorkerOptions
{
    /// <summary><c>name#generation</c>.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Device class: one of <see cref="DeviceClass"/>.</summary>
    public string Device { get; init; } = DeviceClass.Cpu;

    /// <summary>The devices, such as <c>cpu</c> or <c>cuda:0</c>; the slots are dealt out over them in turn.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [DeviceClass.Cpu];

    /// <summary>Packs trained at a time; by default one per core.</summary>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory of a slot, GB (10^9 bytes); 0 if it is not known.</summary>
    public double MemoryGb { get; init; }

    /// <summary>What sweeps can require of it.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>How often leases are renewed at the least; a control plane with shorter leases is heard nine times in one.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time to give its runs back when it is told to stop. What is not acknowledged by then goes on elsewhere when its lease ends.</summary>
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Least time between two checkpoints of a run; zero writes one with every snapshot.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a run waits for an artifact store that fails before its attempt ends as faulted.</summary>
    public TimeSpan StorePatience { get; init; } = TimeSpan.FromMinutes(10);
}
