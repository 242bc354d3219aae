using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Identity;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Worker.Packs;

/// <summary>Takes packs from the queue, claims their runs, and has a slot do the work.</summary>
public sealed class PackHandler : IWorkHandler, IDisposable
{
    private const int ClaimAttempts = 3;
    private static readonly TimeSpan ClaimPause = TimeSpan.FromSeconds(1);
    private readonly WorkerOptions _options;
    private readonly IControlPlane _control;
    private readonly IArtifactStore _artifacts;
    private readonly IPackRunner _runner;
    private readonly TimeProvider _time;
    private readonly ILogger<PackHandler> _log;
    private readonly ConcurrentBag<Slot> _idle;
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentDictionary<RunAttempt, PackMember> _held = [];
    private readonly ConcurrentDictionary<RunAttempt, string> _taken = [];
    private readonly CancellationTokenSource _draining = new();

    /// <summary>Starts the slots' threads.</summary>
    public PackHandler(WorkerOptions options, IControlPlane control, IArtifactStore artifacts, IPackRunner runner, TimeProvider time, ILogger<PackHandler> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _control, _artifacts, _runner, _time, _log) = (options, control, artifacts, runner, time, log);
        _idle = new ConcurrentBag<Slot>(Enumerable.Range(0, options.Slots).Select(number => new Slot(number, options.Devices[number % options.Devices.Count])));
        _free = new SemaphoreSlim(options.Slots);
    }

    /// <summary>Slots with a pack in them.</summary>
    public int Busy => _options.Slots - _free.CurrentCount;

    /// <inheritdoc/>
    public async Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pack);
        await _free.WaitAsync(cancellation);
        _idle.TryTake(out var slot);
        WorkerTelemetry.Busy.Add(1);
        try
        {
            return !_draining.IsCancellationRequested && await Take(pack, redelivered, slot!, cancellation);
        }
        finally
        {
            WorkerTelemetry.Busy.Add(-1);
            _idle.Add(slot!);
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Stop(StopRuns stop)
    {
        ArgumentNullException.ThrowIfNull(stop);
        foreach (var run in stop.Runs)
        {
            if (_held.TryGetValue(run.Run, out var member))
            {
                member.Stop(run.Reason);
            }
        }
    }

    /// <summary>Renews the leases of every run that is worked on or being delivered.</summary>
    /// <param name="queues">Work queues that are taken from besides that of the device class.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<HeartbeatReply> Beat(IReadOnlyList<string> queues, CancellationToken cancellation)
    {
        PackMember[] moved = [.. _held.Values.Where(m => !m.Stopped && m.TakeMoved())];
        var asked = _time.GetTimestamp();
        var reply = await _control.Beat(new Heartbeat(_options.WorkerId, Busy, queues, [.. moved.Select(m => m.Last)]), cancellation);
        foreach (var member in moved.Where(m => reply.Stop.All(s => s.Run != m.Assignment.Run)))
        {
            member.Renew(asked);
        }
        Stop(new StopRuns(reply.Stop));
        return reply;
    }

    /// <summary>Gives everything back: each run is checkpointed and released. Ends when all of that is acknowledged.</summary>
    public async Task Drain()
    {
        await _draining.CancelAsync();
        for (var slot = 0; slot < _options.Slots; slot++)
        {
            await _free.WaitAsync(); // a pack holds its slot from before it looks whether to start
        }
        _free.Release(_options.Slots); // packs that still come are let through, and go back to their queue
    }

    /// <summary>Lets the slots' threads end. A container may call it twice: the handler is registered under two types.</summary>
    public void Dispose()
    {
        foreach (var slot in _idle)
        {
            slot.Dispose();
        }
        _free.Dispose();
        _draining.Dispose();
    }

    /// <summary>
    /// A pack that waited for long is published again, and both copies can come to this worker. The control plane grants an
    /// attempt to its holder as often as it asks, so the second copy must not ask.
    /// </summary>
    private async Task<bool> Take(TrainPack pack, bool redelivered, Slot slot, CancellationToken cancellation)
    {
        RunAssignment[] runs = [.. pack.Runs.Where(r => _taken.TryAdd(r.Run, pack.PackId))];
        try
        {
            return runs.Length == 0 || await Work(pack with { Runs = runs }, redelivered, slot, cancellation);
        }
        finally
        {
            foreach (var run in runs)
            {
                _taken.TryRemove(run.Run, out _);
            }
        }
    }

    /// <summary>
    /// Asks until there is an answer, a few times: what was granted by an answer that got lost would wait for its lease to end.
    /// Without an answer the pack goes back to its queue; nothing is wrong with it.
    /// </summary>
    private async Task<(ClaimReply? Reply, long Asked)> Claim(ClaimPack claim, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var asked = _time.GetTimestamp();
            try
            {
                return (await _control.Claim(claim, cancellation), asked);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                WorkLog.NoAnswer(_log, $"claim of pack {claim.PackId}", error.Message);
                if (attempt == ClaimAttempts)
                {
                    return (null, asked);
                }
                await Task.Delay(ClaimPause, _time, cancellation);
            }
        }
    }

    /// <summary>Claims the pack's runs and works on those that are granted. False if the control plane did not answer.</summary>
    private async Task<bool> Work(TrainPack pack, bool redelivered, Slot slot, CancellationToken cancellation)
    {
        var contents = pack.Runs.Zip(Identities.OfRuns(pack.Runs.Select(r => r.Configuration))).ToDictionary(run => run.First.Run);
        var (reply, claimed) = await Claim(new ClaimPack(_options.WorkerId, pack.PackId, [.. pack.Runs.Select(r => r.Run)], redelivered, CpuKernels()), cancellation);
        if (reply is null)
        {
            return false;
        }
        foreach (var refused in reply.Refused)
        {
            WorkLog.NotGranted(_log, refused.Run.RunId, refused.Run.Attempt, refused.Reason);
        }
        if (reply.Granted.Count == 0)
        {
            return true;
        }
        var pulse = new Pulse(_time, _options.StorePatience);
        PackMember[] members = [.. reply.Granted.Select(grant => contents[grant.Run]).Zip(reply.Granted, (run, grant) => new PackMember(
            run.First, run.Second, grant, claimed, pulse, _options, _control, _artifacts, _time, _log, _draining.Token))];
        foreach (var member in members)
        {
            _held[member.Assignment.Run] = member;
            WorkLog.Claimed(_log, member.Assignment.Run.RunId, member.Assignment.Run.Attempt, slot.Device, pack.PackId, members.Length, member.Stored.Count);
        }
        try
        {
            SetAside(pack.PackId, members);
            await Perform(pack.PackId, slot, [.. members.Where(m => !m.Ended)], pulse);
            EndTheRest(members, RunOutcome.Faulted, "the runner returned without ending it");
        }
        catch (StoreAwayException away)
        {
            EndTheRest(members, away.Outcome, away.Message);
        }
        catch (Exception error)
        {
            WorkLog.PackFailed(_log, pack.PackId, error);
            EndTheRest(members, RunOutcome.Faulted, error.Message);
        }
        finally
        {
            await Task.WhenAll(members.Select(m => m.Delivered));
            foreach (var member in members)
            {
                _held.TryRemove(member.Assignment.Run, out _);
                member.Dispose();
            }
        }
        return true;
    }

    private string? CpuKernels()
    {
        try
        {
            return _runner.CpuKernels;
        }
        catch (Exception unusable)
        {
            WorkLog.NoKernels(_log, unusable.Message); // the runner fails for the same reason, and each of its runs is told
            return null;
        }
    }

    /// <summary>A run whose pack holds another configuration than the run's is not trained: its result would be stored as this run's.</summary>
    private void SetAside(string pack, IEnumerable<PackMember> members)
    {
        foreach (var member in members.Where(m => m.Trained != m.Assignment.Run.RunId))
        {
            WorkLog.Forged(_log, member.Assignment.Run.RunId, member.Assignment.Run.Attempt, pack, member.Trained);
            member.End(RunOutcome.Faulted, 0, $"pack {pack} holds another configuration, the one of run {member.Trained}", null, 0);
        }
    }

    private async Task Perform(string pack, Slot slot, PackMember[] members, Pulse pulse)
    {
        IReadOnlyDictionary<string, byte[]> files;
        using (pulse.Waiting())
        {
            await Task.WhenAll(members.Select(m => m.ReadCheckpoints()));
            files = await Files(members);
        }
        PackMember[] live = [.. members.Where(m => !m.Stopped)];
        if (live.Length > 0)
        {
            await slot.Run(() => _runner.Run(new PackSession(pack, slot.Device, live, files, _draining.Token)));
        }
    }

    private static void EndTheRest(IEnumerable<PackMember> members, RunOutcome outcome, string reason)
    {
        foreach (var member in members.Where(m => m.IsLive))
        {
            member.End(outcome, member.Last.Step, reason, null, 0);
        }
        foreach (var member in members.Where(m => m.Stopped))
        {
            member.Stop("its lease is over");
        }
    }

    private static async Task<IReadOnlyDictionary<string, byte[]>> Files(IEnumerable<PackMember> members)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var member in members.Where(m => !m.Stopped))
        {
            foreach (var hash in member.Assignment.Configuration.Data.TextFiles.Select(f => f.Sha256).Where(hash => !files.ContainsKey(hash)))
            {
                try
                {
                    files[hash] = await member.Text(hash);
                }
                catch (ArtifactException) when (member.Stopped)
                {
                    break; // it needs none of them any more
                }
            }
        }
        return files;
    }
}
