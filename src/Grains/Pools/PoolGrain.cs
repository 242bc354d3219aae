using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Sweeps;

namespace Orchestrator.Grains.Pools;

/// <inheritdoc cref="IPoolGrain"/>
internal sealed class PoolGrain(IOptions<ControlPlaneOptions> options, LeaseClock leases, TimeProvider time, ILogger<PoolGrain> log) : Grain, IPoolGrain
{
    private readonly Dictionary<string, Member> _workers = [];
    private readonly Dictionary<string, Guest> _sweeps = [];

    public Task<IReadOnlyList<string>> Join(WorkerHello worker, int busy, IReadOnlyList<string> queues)
    {
        var before = _workers.GetValueOrDefault(worker.WorkerId);
        _workers[worker.WorkerId] = new Member(new PoolWorker(worker, queues), busy, time.GetUtcNow(), leases.Now + options.Value.Lease);
        if (before is null)
        {
            GrainLog.Worker(log, worker.WorkerId, $"joined with {worker.Slots} {worker.Device} slots");
        }
        if (before is null || !before.Worker.Queues.SequenceEqual(queues))
        {
            WakeSweeps();
        }
        return Task.FromResult<IReadOnlyList<string>>(
        [
            .. _sweeps.Values.Select(s => s.Wish).Where(w => w.Requires.Narrow && w.Requires.MetBy(worker)).Select(w => w.Queue).Distinct().Order(StringComparer.Ordinal),
        ]);
    }

    public Task Leave(string workerId)
    {
        if (_workers.Remove(workerId))
        {
            GrainLog.Worker(log, workerId, "left");
            WakeSweeps();
        }
        return Task.CompletedTask;
    }

    public Task<PoolShare> Share(SlotWish wish)
    {
        Forget();
        _sweeps[wish.SweepId] = new Guest(wish, leases.Now + options.Value.Lease);
        return Task.FromResult(PoolShares.Of(
            wish, _workers.Values.Select(w => w.Worker), [.. _sweeps.Values.Select(s => s.Wish).Where(w => w.More)], options.Value.WindowPerSlot));
    }

    public Task Release(string sweepId)
    {
        if (_sweeps.Remove(sweepId))
        {
            WakeSweeps();
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<WorkerSummary>> Workers()
    {
        Forget();
        return Task.FromResult<IReadOnlyList<WorkerSummary>>(
        [
            .. _workers.Values.OrderBy(w => w.Worker.Hello.WorkerId, StringComparer.Ordinal).Select(Summary),
        ]);
    }

    private static WorkerSummary Summary(Member member)
    {
        var hello = member.Worker.Hello;
        return new(hello.WorkerId, hello.Host, hello.Device, hello.Slots, member.Busy, member.Seen, member.Busy == 0 ? "idle" : "busy", hello.MemoryGb, hello.Labels);
    }

    /// <summary>Workers and sweeps that were silent for a lease are gone.</summary>
    private void Forget()
    {
        var now = leases.Now;
        foreach (var lost in _workers.Where(w => now > w.Value.Until).Select(w => w.Key).ToList())
        {
            _workers.Remove(lost);
            GrainLog.Worker(log, lost, "not heard of for a lease; its slots are gone");
        }
        foreach (var lost in _sweeps.Where(s => now > s.Value.Until).Select(s => s.Key).ToList())
        {
            _sweeps.Remove(lost);
        }
    }

    private void WakeSweeps()
    {
        foreach (var sweep in _sweeps.Keys)
        {
            GrainFactory.GetGrain<ISweepGrain>(sweep).Wake().Ignore(); // a sweep that misses this wakes on its supervisor's tick
        }
    }

    private sealed record Member(PoolWorker Worker, int Busy, DateTimeOffset Seen, DateTimeOffset Until);

    private sealed record Guest(SlotWish Wish, DateTimeOffset Until);
}
