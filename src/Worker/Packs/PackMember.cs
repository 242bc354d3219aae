using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Worker.Packs;

/// <summary>One granted run while a worker holds it. The slot's thread tells it what happened, and it tells the control plane.</summary>
public sealed class PackMember : IDisposable
{
    private readonly Pulse _pulse;
    private readonly RunLease _lease;
    private readonly PatientStore _files;
    private readonly RunCheckpoints _checkpoints;
    private readonly Uplink _uplink;
    private readonly TimeSpan _patience;
    private readonly ILogger _log;
    private long _seen;

    /// <param name="assignment">The run, as its pack names it.</param>
    /// <param name="trained">The run id that the assignment's configuration has by its content.</param>
    /// <param name="grant">What the control plane granted.</param>
    /// <param name="claimed">When it was asked: the lease counts from there.</param>
    /// <param name="pulse">Of the thread that works on the pack.</param>
    /// <param name="options">Who the worker is, and how patient.</param>
    /// <param name="control">The control plane.</param>
    /// <param name="artifacts">The artifact store.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The worker's log.</param>
    /// <param name="draining">Set when the worker must give its leases back.</param>
    internal PackMember(
        RunAssignment assignment, string trained, RunGrant grant, long claimed, Pulse pulse, WorkerOptions options, IControlPlane control, IArtifactStore artifacts, TimeProvider time, ILogger log, CancellationToken draining)
    {
        (Assignment, Trained, _pulse, _patience, _log) = (assignment, trained, pulse, options.StorePatience, log);
        Stored = [.. grant.Snapshots.Where(s => assignment.Plan.SnapshotSteps.Contains(s.Step))];
        _lease = new RunLease(grant.Lease, claimed, time);
        _files = new PatientStore(artifacts, assignment.Run, _patience, _lease.Left, time, log, draining);
        _checkpoints = new RunCheckpoints(assignment.Run, grant.Resume, _files, artifacts, log);
        _uplink = new Uplink(assignment, trained, options.WorkerId, _lease, _checkpoints, control, time, log);
    }

    /// <summary>What to train, keep and measure.</summary>
    public RunAssignment Assignment { get; }

    /// <summary>The run id that the configuration has by its content; another than the run's own where its pack was damaged or forged.</summary>
    internal string Trained { get; }

    /// <summary>Checkpoints to continue from, newest first, each whole by its hash; empty if the run starts.</summary>
    public IReadOnlyList<CheckpointContent> Resume { get; private set; } = [];

    /// <summary>Snapshots of the plan that are stored already, ascending: measured, or to be measured as they are.</summary>
    public IReadOnlyList<StoredSnapshot> Stored { get; private set; }

    /// <summary>Whether the plan asks for a snapshot that only training can make.</summary>
    public bool Trains => !Assignment.Plan.SnapshotSteps.All(IsStored);

    /// <summary>Whether the run is no longer this worker's: it was cancelled, or the lease is lost or could not be renewed.</summary>
    public bool Stopped => _lease.IsOver;

    /// <summary>Whether the runner has ended it.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether there is work to do on it.</summary>
    public bool IsLive => !Stopped && !Ended;

    /// <summary>Whether something that happened is not acknowledged yet: a checkpoint now would only wait behind it, and training for the checkpoint.</summary>
    public bool IsBehind => _uplink.IsBehind;

    internal RunProgress Last => _uplink.Last;

    /// <summary>Ends when everything is acknowledged, or the run was stopped.</summary>
    internal Task Delivered => _uplink.Done;

    /// <summary>Whether the snapshot of a step is stored and needs no training.</summary>
    public bool IsStored(int step) => Stored.Any(s => s.Step == step);

    /// <summary>The run got further. Cheap; called after every step.</summary>
    public void Progress(int step, double loss)
    {
        _uplink.Last = new RunProgress(Assignment.Run, step, loss);
        _pulse.Beat();
    }

    /// <summary>
    /// The weights of a stored snapshot (safetensors). Blocks, for the slot's own thread alone, and waits for a store that is away.
    /// Throws <see cref="ArtifactException"/> where the file is missing or damaged.
    /// </summary>
    public byte[] Weights(StoredSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        using var waiting = _pulse.Waiting();
        return _files.Get(snapshot.Hash).GetAwaiter().GetResult();
    }

    /// <summary>A stored snapshot was measured; blocks while too much waits to be acknowledged.</summary>
    public void Measured(StoredSnapshot snapshot, MetricVector metrics)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Tell(metrics, () => Task.FromResult(new News(Measured(snapshot.Step, metrics, snapshot.Hash)) { WasStored = true }));
    }

    /// <summary>A snapshot was measured; blocks while too much waits to be acknowledged.</summary>
    /// <param name="step">The snapshot's step.</param>
    /// <param name="weights">The snapshot as safetensors.</param>
    /// <param name="metrics">Its metrics.</param>
    /// <param name="checkpoint">A checkpoint of the same step, or null.</param>
    public void Snapshot(int step, byte[] weights, MetricVector metrics, byte[]? checkpoint) =>
        Tell(metrics, async () => new News(Measured(step, metrics, await _files.Put(weights)), await Put(step, checkpoint)));

    /// <summary>A checkpoint between two snapshots.</summary>
    public void Checkpoint(int step, byte[] content) => Tell(null, async () => new News(Checkpoint: await Put(step, content)));

    /// <summary>Goes back to what is stored by now: training continues from there, in another pack. Blocks, for the slot's own thread alone.</summary>
    public void GoBack()
    {
        using var waiting = _pulse.Waiting();
        var reported = _uplink.Settle();
        Stored = [.. Stored.ExceptBy(reported.Select(s => s.Step), s => s.Step), .. reported];
        ReadCheckpoints().GetAwaiter().GetResult();
    }

    /// <summary>The run's end on this worker; reported with or after everything before it.</summary>
    public void End(RunOutcome outcome, int step, string? reason, byte[]? checkpoint, double deviceSeconds, TrainedPack? pack = null)
    {
        if (Ended)
        {
            return;
        }
        Ended = true;
        WorkLog.Ended(_log, Assignment.Run.RunId, Assignment.Run.Attempt, outcome.ToString(), step, reason is null ? "" : $": {reason}");
        Tell(null, async () => new News(Checkpoint: await Put(step, checkpoint), End: new AttemptEnd(outcome, step, reason, deviceSeconds, pack)));
        _uplink.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _uplink.Dispose();

    /// <summary>Reads the checkpoints that training may continue from: a later one lies behind a snapshot that is wanted.</summary>
    internal async Task ReadCheckpoints() =>
        Resume = await _checkpoints.Read(upto: Assignment.Plan.SnapshotSteps.Where(step => !IsStored(step)).DefaultIfEmpty(-1).Min());

    /// <summary>A text file of the run's data.</summary>
    internal Task<byte[]> Text(string hash) => _files.Get(hash);

    internal void Stop(string reason) => _uplink.Leave(reason);

    internal void Renew(long asked) => _lease.Renew(asked);

    /// <summary>
    /// Whether the lease is to be renewed: the slot's thread moved since the last call, or is done with the run, which has yet to be
    /// delivered.
    /// </summary>
    internal bool TakeMoved()
    {
        var alive = _pulse.IsAlive(ref _seen);
        return !Delivered.IsCompleted && (alive || Ended && _uplink.Delivering < _patience);
    }

    private MeasuredSnapshot Measured(int step, MetricVector metrics, string hash) => new(step, Versions.Metrics, Assignment.Plan.Measures, metrics.ToBytes(), hash);

    private async Task<StoredCheckpoint?> Put(int step, byte[]? checkpoint) => checkpoint is null ? null : await _checkpoints.Put(step, checkpoint);

    private void Tell(MetricVector? metrics, Func<Task<News>> store)
    {
        using var waiting = _pulse.Waiting();
        _uplink.Take(new Happening(metrics?.Layout.Length * sizeof(float) ?? 0, store));
    }
}
