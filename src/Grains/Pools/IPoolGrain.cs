using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Pools;

/// <summary>The slots of one device class and the sweeps that share them. Key: device class. Soft state: workers and sweeps say again who they are.</summary>
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>A worker is there, and takes from these queues besides that of the device class. Returns those that it is to take from.</summary>
    Task<IReadOnlyList<string>> Join(WorkerHello worker, int busy, IReadOnlyList<string> queues);

    /// <summary>A worker left or was lost.</summary>
    Task Leave(string workerId);

    /// <summary>How many packs a sweep may have open now. Forgotten after a lease, so a sweep that is under way says it again and again.</summary>
    Task<PoolShare> Share(SlotWish wish);

    /// <summary>A sweep has ended.</summary>
    Task Release(string sweepId);

    /// <summary>Who is there.</summary>
    Task<IReadOnlyList<WorkerSummary>> Workers();
}

/// <summary>What a sweep wants of a pool.</summary>
/// <param name="SweepId">The sweep.</param>
/// <param name="Priority">Slots go to higher priorities first.</param>
/// <param name="Requires">What a worker must have.</param>
/// <param name="Queue">The work queue of its packs in this pool (<see cref="Requirements.QueueOn"/>): worked out once, not for every worker.</param>
/// <param name="More">Whether there are runs to hand out; without, its packs keep their queue and nothing else.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.slot-wish")]
public sealed record SlotWish(string SweepId, int Priority, Requirements Requires, string Queue, bool More);

/// <summary>A sweep's share of a pool.</summary>
/// <param name="Packs">Packs that it may have open; 0 if it wants none.</param>
/// <param name="Slots">Live slots of the workers that meet its requirements, whoever uses them now.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.pool-share")]
public readonly record struct PoolShare(int Packs, int Slots);
