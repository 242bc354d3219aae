using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Pools;

/// <summary>The slots of one device class and the sweeps that share them. Key: device class. Soft state: workers and sweeps say again who they are.</summary>
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>A worker is there.</summary>
    Task Join(WorkerHello worker, int busy);

    /// <summary>A worker left or was lost.</summary>
    Task Leave(string workerId);

    /// <summary>How many packs a sweep may have open now. Also tells the pool that the sweep wants slots.</summary>
    Task<PoolShare> Share(string sweepId, int priority);

    /// <summary>A sweep wants no more slots.</summary>
    Task Release(string sweepId);

    /// <summary>Live slots. Asking does not tell the pool anything.</summary>
    Task<int> Slots();

    /// <summary>Who is there.</summary>
    Task<IReadOnlyList<WorkerSummary>> Workers();
}

/// <summary>A sweep's share of a pool.</summary>
/// <param name="Packs">Packs that it may have open.</param>
/// <param name="Slots">Live slots of the whole pool.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.pool-share")]
public readonly record struct PoolShare(int Packs, int Slots);
