using CsCheck;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Pools;

namespace Orchestrator.Grains.Tests.Pools;

public sealed class PoolSharesTests
{
    private const double WindowPerSlot = 1.25;
    private static readonly Requirements Gpu = new() { Labels = ["gpu"] };

    [Fact]
    public void A_sweep_alone_gets_a_window_over_all_slots()
    {
        var wish = Wish("a");
        Assert.Equal(new PoolShare(13, 10), Share(wish, [Worker("1", 4), Worker("2", 6)], wish));
    }

    [Fact]
    public void Sweeps_of_one_priority_share_equally_and_each_gets_at_least_one_pack()
    {
        SlotWish[] wishes = [.. Enumerable.Range(0, 5).Select(i => Wish($"{i}"))];
        Assert.Equal(new PoolShare(1, 2), Share(wishes[0], [Worker("1", 2)], wishes));
        Assert.Equal(new PoolShare(5, 20), Share(wishes[0], [Worker("1", 20)], wishes));
    }

    [Fact]
    public void Slots_go_to_the_higher_priority_first()
    {
        var (high, low) = (Wish("high", priority: 1), Wish("low"));
        Assert.Equal(new PoolShare(0, 2), Share(low, [Worker("1", 2)], high, low));
        Assert.Equal(new PoolShare(3, 2), Share(high, [Worker("1", 2)], high, low));
    }

    [Fact]
    public void A_sweep_that_wants_no_more_gets_none_and_takes_nothing_from_others()
    {
        var (done, other) = (Wish("done") with { More = false }, Wish("other"));
        Assert.Equal(new PoolShare(0, 4), Share(done, [Worker("1", 4)], other));
        Assert.Equal(new PoolShare(5, 4), Share(other, [Worker("1", 4)], other));
    }

    [Fact]
    public void Only_workers_that_meet_the_requirements_count_and_without_one_there_is_nothing()
    {
        var (picky, easy) = (Wish("picky", requires: Gpu), Wish("easy"));
        Assert.Equal(new PoolShare(0, 0), Share(picky, [Worker("1", 4)], picky, easy));
        Assert.Equal(new PoolShare(1, 2), Share(picky, [Worker("1", 4), Worker("2", 2, "gpu")], picky, easy));
    }

    [Fact]
    public void A_worker_that_does_not_take_from_the_queue_yet_is_known_and_gets_nothing()
    {
        var picky = Wish("picky", requires: Gpu);
        Assert.Equal(new PoolShare(0, 2), Share(picky, [Worker("1", 2, "gpu") with { Queues = [] }], picky));
    }

    [Fact]
    public void A_sweep_of_high_priority_keeps_no_one_from_workers_that_it_cannot_use()
    {
        var (picky, easy) = (Wish("picky", priority: 9, Gpu), Wish("easy"));
        var share = Share(easy, [Worker("1", 4), Worker("2", 2, "gpu")], picky, easy);
        Assert.Equal(new PoolShare(5, 6), share);
    }

    [Fact]
    public void Shares_cover_the_slots_and_exceed_the_windows_by_rounding_alone() => Gen.Select(
        Gen.Select(Gen.Int[1, 8], Gen.Bool, (slots, gpu) => (slots, gpu)).Array[1, 8],
        Gen.Select(Gen.Int[0, 1], Gen.Bool, (priority, picky) => (priority, picky)).Array[1, 6]).Sample((workers, sweeps) =>
    {
        PoolWorker[] pool = [.. workers.Select((w, i) => Worker($"{i}", w.slots, w.gpu ? ["gpu"] : []))];
        SlotWish[] wishes = [.. sweeps.Select((s, i) => Wish($"{i}", s.priority, s.picky ? Gpu : null))];
        var packs = wishes.Sum(wish => Share(wish, pool, wishes).Packs);
        var usable = pool.Where(w => wishes.Any(s => w.Takes(s))).Sum(w => w.Hello.Slots);
        Assert.InRange(packs, usable - wishes.Length, (usable * WindowPerSlot) + (2 * wishes.Length));
    });

    private static PoolShare Share(SlotWish wish, PoolWorker[] workers, params SlotWish[] rivals) => PoolShares.Of(wish, workers, rivals, WindowPerSlot);

    private static PoolWorker Worker(string id, int slots, params string[] labels) =>
        new(new WorkerHello(id, DeviceClass.Cpu, slots, "host", 8, labels, "proof", 1, 1, 1), labels.Length == 0 ? [] : [Gpu.QueueOn(DeviceClass.Cpu)]);

    private static SlotWish Wish(string id, int priority = 0, Requirements? requires = null) => new(id, priority, requires ?? Requirements.None, (requires ?? Requirements.None).QueueOn(DeviceClass.Cpu), true);
}
