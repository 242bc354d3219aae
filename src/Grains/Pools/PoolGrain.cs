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
    private readonly Dictionary<string, int> _sweeps = [];

    public Task Join(WorkerHello worker, int busy)
    {
        var news = !_workers.ContainsKey(worker.WorkerId);
        _workers[worker.WorkerId] = new Member(worker, busy, time.GetUtcNow(), leases.Now + options.Value.Lease);
        if (news)
        {
            Log.Worker(log, worker.WorkerId, $"joined with {worker.Slots} {worker.Device} slots");
            WakeSweeps();
        }
        return Task.CompletedTask;
    }

    public Task Leave(string workerId)
    {
        if (_workers.Remove(workerId))
        {
            Log.Worker(log, workerId, "left");
            WakeSweeps();
        }
        return Task.CompletedTask;
    }

    public Task<PoolShare> Share(string sweepId, int priority)
    {
        _sweeps[sweepId] = priority;
        var slots = LiveSlots();
        if (slots == 0 || _sweeps.Any(other => other.Value > priority))
        {
            return Task.FromResult(new PoolShare(0, slots)); // slots go to higher priorities first
        }
        var window = Math.Max(slots + 1, (int)Math.Ceiling(slots * options.Value.WindowPerSlot));
        var peers = _sweeps.Count(other => other.Value == priority);
        return Task.FromResult(new PoolShare(Math.Max(1, window / peers), slots));
    }

    public Task<int> Slots() => Task.FromResult(LiveSlots());

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
        LiveSlots();
        return Task.FromResult<IReadOnlyList<WorkerSummary>>(
        [
            .. _workers.Values.OrderBy(w => w.Hello.WorkerId, StringComparer.Ordinal).Select(w => new WorkerSummary(
                w.Hello.WorkerId, w.Hello.Host, w.Hello.Device, w.Hello.Slots, w.Busy, w.Seen, w.Busy == 0 ? "idle" : "busy")),
        ]);
    }

    private int LiveSlots()
    {
        var now = leases.Now;
        foreach (var lost in _workers.Where(w => now > w.Value.Until).Select(w => w.Key).ToList())
        {
            _workers.Remove(lost);
            Log.Worker(log, lost, "not heard of for a lease; its slots are gone");
        }
        return _workers.Values.Sum(w => w.Hello.Slots);
    }

    private sealed record Member(WorkerHello Hello, int Busy, DateTimeOffset Seen, DateTimeOffset Until);

    private void WakeSweeps()
    {
        foreach (var sweep in _sweeps.Keys)
        {
            GrainFactory.GetGrain<ISweepGrain>(sweep).Wake().Ignore(); // a sweep that misses this wakes on its supervisor's tick
        }
    }
}
