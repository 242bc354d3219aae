using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Pools;

/// <summary>
/// Who gets the slots of a pool. The slots of each worker go to the sweeps of the highest priority among those that want more and
/// whose packs it takes, in equal parts.
/// </summary>
internal static class PoolShares
{
    /// <param name="wish">Whose share.</param>
    /// <param name="workers">The live workers.</param>
    /// <param name="rivals">Every wish for more slots, this one among them.</param>
    /// <param name="windowPerSlot">Packs in the queue and in slots together, per slot.</param>
    public static PoolShare Of(SlotWish wish, IEnumerable<PoolWorker> workers, IReadOnlyList<SlotWish> rivals, double windowPerSlot)
    {
        var (meeting, shared, mine) = (0, 0, 0.0);
        foreach (var worker in workers.Where(w => wish.Requires.MetBy(w.Hello)))
        {
            var slots = worker.Hello.Slots;
            meeting += slots;
            if (wish.More && worker.Takes(wish) && !rivals.Any(other => other.Priority > wish.Priority && worker.Takes(other)))
            {
                shared += slots;
                mine += (double)slots / rivals.Count(other => other.Priority == wish.Priority && worker.Takes(other));
            }
        }
        if (shared == 0)
        {
            return new PoolShare(0, meeting);
        }
        var window = Math.Max(shared + 1, Math.Ceiling(shared * windowPerSlot));
        return new PoolShare(Math.Max(1, (int)(window * mine / shared)), meeting);
    }
}

/// <summary>A worker as its pool knows it.</summary>
/// <param name="Hello">What it has.</param>
/// <param name="Queues">Work queues that it takes from besides that of its device class.</param>
internal sealed record PoolWorker(WorkerHello Hello, IReadOnlyList<string> Queues)
{
    /// <summary>Whether packs of this sweep reach it now.</summary>
    public bool Takes(SlotWish sweep) => sweep.Requires.MetBy(Hello) && (!sweep.Requires.Narrow || Queues.Contains(sweep.Queue));
}
