using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Worker.Packs;

/// <summary>
/// One granted run while a worker holds it. The slot's thread tells it what happened; an uplink of its own stores the files, then
/// reports in order all that has happened by then, and waits for the acknowledgement. A store that fails for a while is waited
/// for: the thread goes on until a few happenings are behind, and then waits too.
/// </summary>
public sealed class PackMember : IDisposable
{
    private const int Backlog = 4;
    private const int MostUnseen = 5; // reports of snapshots that the control plane does not see
    private const int MostBytes = 16 << 10; // of metrics in one report, if it tells of more than one snapshot
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly string _worker;
    private readonly IControlPlane _control;
    private readonly IArtifactStore _artifacts;
    private readonly PatientStore _files;
    private readonly Pulse _pulse;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Happening> _happened = Channel.CreateUnbounded<Happening>();
    private readonly SemaphoreSlim _room = new(Backlog);
    private readonly List<StoredCheckpoint> _checkpoints;
    private long _leaseUntil;
    private long _seen;
    private long _delivering;

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
        Assignment = assignment;
        Trained = trained;
        Lease = grant.Lease;
        Stored = [.. grant.Snapshots.Where(s => assignment.Plan.SnapshotSteps.Contains(s.Step))];
        _checkpoints = [.. grant.Resume];
        Last = new RunProgress(assignment.Run, 0, double.NaN);
        (_worker, _patience, _pulse, _control, _artifacts, _time, _log) = (options.WorkerId, options.StorePatience, pulse, control, artifacts, time, log);
        _files = new PatientStore(artifacts, assignment.Run, _patience, _over.Task, time, log, draining);
        _leaseUntil = Until(claimed);
        _delivering = claimed;
        Uplink = SendAll();
    }

    /// <summary>What to train, keep and measure.</summary>
    public RunAssignment Assignment { get; }

    /// <summary>The run id that the configuration has by its content; another than the run's own where its pack was damaged or forged.</summary>
    internal string Trained { get; }

    /// <summary>Checkpoints to continue from, newest first, each whole by its hash; empty if the run starts.</summary>
    public IReadOnlyList<CheckpointContent> Resume { get; private set; } = [];

    /// <summary>Snapshots of the plan that are stored already, ascending: measured, or to be measured as they are.</summary>
    public IReadOnlyList<StoredSnapshot> Stored { get; }

    /// <summary>Whether the plan asks for a snapshot that only training can make.</summary>
    public bool Trains => !Assignment.Plan.SnapshotSteps.All(IsStored);

    /// <summary>Whether the run is no longer this worker's: it was cancelled, or the lease is lost or could not be renewed.</summary>
    public bool Stopped => StopReason is not null || LeaseIsOver; // stays so: a lease that is over is not renewed

    /// <summary>Whether the runner has ended it.</summary>
    public bool Ended { get; private set; }

    internal string? StopReason { get; private set; }

    internal TimeSpan Lease { get; }

    /// <summary>Ends when everything is acknowledged, or the run was stopped.</summary>
    internal Task Uplink { get; }

    internal RunProgress Last { get; private set; }

    /// <summary>Whether something that happened is not acknowledged yet: a checkpoint now would only wait behind it, and training for the checkpoint.</summary>
    public bool IsBehind => _room.CurrentCount < Backlog;

    private bool LeaseIsOver => _time.GetTimestamp() > Volatile.Read(ref _leaseUntil);

    /// <summary>Whether the snapshot of a step is stored and needs no training.</summary>
    public bool IsStored(int step) => Stored.Any(s => s.Step == step);

    /// <summary>The run got further. Cheap; called after every step.</summary>
    public void Progress(int step, double loss)
    {
        Last = new RunProgress(Assignment.Run, step, loss);
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
        Queue(metrics, () => Task.FromResult(new News(Measured(snapshot.Step, metrics, snapshot.Hash), null, null)));
    }

    /// <summary>A snapshot was measured; blocks while too much waits to be acknowledged.</summary>
    /// <param name="step">The snapshot's step.</param>
    /// <param name="weights">The snapshot as safetensors.</param>
    /// <param name="metrics">Its metrics.</param>
    /// <param name="checkpoint">A checkpoint of the same step, or null.</param>
    public void Snapshot(int step, byte[] weights, MetricVector metrics, byte[]? checkpoint) =>
        Queue(metrics, async () => new News(Measured(step, metrics, await _files.Put(weights)), await Put(step, checkpoint), null));

    /// <summary>A checkpoint between two snapshots.</summary>
    public void Checkpoint(int step, byte[] content) => Queue(null, async () => new News(null, await Put(step, content), null));

    /// <summary>The run's end on this worker; reported with or after everything before it.</summary>
    public void End(RunOutcome outcome, int step, string? reason, byte[]? checkpoint, double deviceSeconds)
    {
        if (Ended)
        {
            return;
        }
        Ended = true;
        WorkLog.Ended(_log, Assignment.Run.RunId, Assignment.Run.Attempt, outcome.ToString(), step, reason is null ? "" : $": {reason}");
        Queue(null, async () => new News(null, await Put(step, checkpoint), new AttemptEnd(outcome, step, reason, deviceSeconds)));
        _happened.Writer.TryComplete();
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    /// <summary>Reads the checkpoints that training may continue from. One that is missing or damaged is left out.</summary>
    internal async Task ReadCheckpoints()
    {
        var resume = new List<CheckpointContent>();
        var missing = Assignment.Plan.SnapshotSteps.Where(step => !IsStored(step)).DefaultIfEmpty(-1).Min();
        foreach (var checkpoint in _checkpoints.Where(c => c.Step <= missing)) // a later one lies behind a snapshot that is wanted
        {
            try
            {
                resume.Add(new CheckpointContent(checkpoint.Step, await _files.Get(checkpoint.Hash)));
            }
            catch (Exception broken) when (broken is ArtifactException or UnauthorizedAccessException)
            {
                WorkLog.BrokenCheckpoint(_log, Assignment.Run.RunId, Assignment.Run.Attempt, checkpoint.Step, broken.Message);
            }
        }
        Resume = resume;
    }

    /// <summary>A text file of the run's data.</summary>
    internal Task<byte[]> Text(string hash) => _files.Get(hash);

    internal void Stop(string reason)
    {
        if (StopReason is null && !Uplink.IsCompleted)
        {
            StopReason = reason;
            WorkLog.Stopped(_log, Assignment.Run.RunId, Assignment.Run.Attempt, reason);
            _over.TrySetResult();
        }
        _happened.Writer.TryComplete();
    }

    /// <summary>
    /// The lease holds for its whole length from when the control plane was asked: it cannot have counted from an earlier time.
    /// One that is over stays over, because another worker may hold the run by now.
    /// </summary>
    internal void Renew(long asked)
    {
        if (!Stopped)
        {
            Volatile.Write(ref _leaseUntil, Math.Max(Volatile.Read(ref _leaseUntil), Until(asked)));
        }
    }

    /// <summary>
    /// Whether the lease is to be renewed: the slot's thread moved since the last call, or is done with the run, which has yet to be
    /// delivered.
    /// </summary>
    internal bool TakeMoved()
    {
        var alive = _pulse.IsAlive(ref _seen);
        return !Uplink.IsCompleted && (alive || Ended && _time.GetElapsedTime(Volatile.Read(ref _delivering)) < _patience);
    }

    private MeasuredSnapshot Measured(int step, MetricVector metrics, string hash) => new(step, Versions.Metrics, Assignment.Plan.Measures, metrics.ToBytes(), hash);

    private async Task<StoredCheckpoint?> Put(int step, byte[]? checkpoint) => checkpoint is null ? null : new StoredCheckpoint(step, await _files.Put(checkpoint));

    private void Queue(MetricVector? metrics, Func<Task<News>> store)
    {
        using var waiting = _pulse.Waiting();
        while (!Stopped)
        {
            if (_room.Wait(Pause))
            {
                _happened.Writer.TryWrite(new Happening(metrics?.Layout.Length * sizeof(float) ?? 0, store));
                return;
            }
        }
    }

    private long Until(long from) => from + (long)(Lease.TotalSeconds * _time.TimestampFrequency);

    private async Task SendAll()
    {
        while (await _happened.Reader.WaitToReadAsync())
        {
            var next = Next();
            await Deliver(next);
            _room.Release(next.Count);
            if (Stopped)
            {
                Stop("the lease could not be renewed in time");
                return;
            }
        }
    }

    /// <summary>All that has happened by now, or as much of it as one message should hold.</summary>
    private List<Happening> Next()
    {
        var (next, bytes) = (new List<Happening>(Backlog), 0);
        while (_happened.Reader.TryPeek(out var happening) && (next.Count == 0 || bytes + happening.Bytes <= MostBytes))
        {
            _happened.Reader.TryRead(out _);
            next.Add(happening);
            bytes += happening.Bytes;
        }
        return next;
    }

    /// <summary>Stores and reports until it is answered or the lease is over. A store that stays away ends the attempt, with what it took before.</summary>
    private async Task Deliver(List<Happening> happened)
    {
        using var activity = WorkerTelemetry.InRun("run.report", Assignment.TraceParent);
        var news = new List<News>(happened.Count);
        StoreAwayException? away = null;
        var refused = 0;
        Volatile.Write(ref _delivering, _time.GetTimestamp());
        while (!Stopped)
        {
            try
            {
                while (away is null && news.Count < happened.Count)
                {
                    news.Add(await happened[news.Count].Store());
                }
                var asked = _time.GetTimestamp();
                var report = Report(news, away);
                activity?.SetTag("snapshots", string.Join(',', report.Snapshots.Select(s => s.Step)));
                activity?.SetTag("outcome", report.End?.Outcome.ToString());
                var reply = await _control.Report(report, CancellationToken.None);
                if (reply.Unseen is { } unseen)
                {
                    WorkLog.NotSeen(_log, Assignment.Run.RunId, Assignment.Run.Attempt, reply.Reason);
                    news.Clear(); // stored once more before it is told once more
                    away = ++refused < MostUnseen ? null : new StoreAwayException($"the control plane does not see what was stored: {reply.Reason}", RunOutcome.Faulted);
                    await Task.WhenAny(Task.Delay(Pause, _time), _over.Task);
                    continue;
                }
                await Note(report, reply);
                if (!reply.Accepted || away is not null)
                {
                    Stop(away?.Message ?? reply.Reason ?? "the report was refused");
                }
                Renew(asked);
                return;
            }
            catch (StoreAwayException longer)
            {
                away = longer;
            }
            catch (Exception error)
            {
                WorkLog.ReportNotAnswered(_log, Assignment.Run.RunId, Assignment.Run.Attempt, error.Message);
                await Task.WhenAny(Task.Delay(Pause, _time), _over.Task);
            }
        }
    }

    private RunReport Report(IReadOnlyList<News> news, StoreAwayException? away) => new(
        _worker, Assignment.Run,
        [.. news.Select(n => n.Snapshot).OfType<MeasuredSnapshot>()],
        [.. news.Select(n => n.Checkpoint).OfType<StoredCheckpoint>()],
        away is null ? news[^1].End : new AttemptEnd(away.Outcome, Last.Step, away.Message, 0),
        Trained);

    private async Task Note(RunReport report, ReportReply reply)
    {
        foreach (var checkpoint in report.Checkpoints)
        {
            _checkpoints.Add(checkpoint);
            WorkLog.CheckpointStored(_log, Assignment.Run.RunId, Assignment.Run.Attempt, checkpoint.Step);
        }
        if (reply.Accepted)
        {
            foreach (var step in report.Snapshots.Select(s => s.Step))
            {
                WorkLog.Snapshot(_log, Assignment.Run.RunId, Assignment.Run.Attempt, step, IsStored(step) ? "measured from the store" : "stored");
            }
        }
        await Tidy(reply);
    }

    /// <summary>
    /// Deletes the checkpoints that the run no longer keeps. Each is this run's alone: its bytes hold the run's id. One that cannot
    /// be deleted costs space and nothing else.
    /// </summary>
    private async Task Tidy(ReportReply reply)
    {
        if (reply is not { Accepted: true, Checkpoints: { } kept })
        {
            return;
        }
        foreach (var hash in _checkpoints.Select(c => c.Hash).Except(kept.Select(c => c.Hash)).ToArray())
        {
            try
            {
                await _artifacts.Delete(hash);
            }
            catch (Exception error) when (error is ArtifactException or IOException or UnauthorizedAccessException)
            {
                WorkLog.LeftBehind(_log, Assignment.Run.RunId, hash, error.Message);
            }
            _checkpoints.RemoveAll(c => c.Hash == hash);
        }
    }

    /// <summary>Something that happened: what it adds to a report, bytes of metrics, and how its files become durable, which comes first.</summary>
    private sealed record Happening(int Bytes, Func<Task<News>> Store);

    /// <summary>What a report says of one happening; its files are durable.</summary>
    private sealed record News(MeasuredSnapshot? Snapshot, StoredCheckpoint? Checkpoint, AttemptEnd? End);
}
