using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;

namespace Orchestrator.Worker.Packs;

/// <summary>
/// Tells the control plane what happened to one run: stores the files, then reports in order all that has happened by then, and
/// waits for the acknowledgement. The slot's thread goes on meanwhile until a few happenings are behind, and then waits too.
/// </summary>
internal sealed class Uplink : IDisposable
{
    private const int Backlog = 4;
    private const int MostUnseen = 5; // reports of snapshots that the control plane does not see
    private const int MostBytes = 16 << 10; // of metrics in one report, if it tells of more than one snapshot
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly RunAssignment _assignment;
    private readonly string _trained;
    private readonly string _worker;
    private readonly RunLease _lease;
    private readonly RunCheckpoints _checkpoints;
    private readonly IControlPlane _control;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<Happening> _happened = Channel.CreateUnbounded<Happening>();
    private readonly SemaphoreSlim _room = new(Backlog);
    private readonly List<StoredSnapshot> _acknowledged = [];
    private long _delivering;

    /// <param name="assignment">The run.</param>
    /// <param name="trained">The run id that its configuration has by its content.</param>
    /// <param name="worker">Who reports.</param>
    /// <param name="lease">Renewed by every answer; when it is over, nothing more is told.</param>
    /// <param name="checkpoints">Those of the run.</param>
    /// <param name="control">The control plane.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The worker's log.</param>
    public Uplink(RunAssignment assignment, string trained, string worker, RunLease lease, RunCheckpoints checkpoints, IControlPlane control, TimeProvider time, ILogger log)
    {
        (_assignment, _trained, _worker, _lease, _checkpoints, _control, _time, _log) = (assignment, trained, worker, lease, checkpoints, control, time, log);
        Last = new RunProgress(assignment.Run, 0, double.NaN);
        _delivering = time.GetTimestamp();
        Done = SendAll();
    }

    /// <summary>How far the run is.</summary>
    public RunProgress Last { get; set; }

    /// <summary>Ends when everything is acknowledged, or the run was left.</summary>
    public Task Done { get; }

    /// <summary>Whether something that happened is not acknowledged yet.</summary>
    public bool IsBehind => _room.CurrentCount < Backlog;

    /// <summary>How long it has tried to deliver what it delivers now.</summary>
    public TimeSpan Delivering => _time.GetElapsedTime(Volatile.Read(ref _delivering));

    /// <summary>Takes what happened; blocks while there is no room, and drops it if the run is left meanwhile.</summary>
    public void Take(Happening happening)
    {
        while (!_lease.IsOver)
        {
            if (_room.Wait(Pause))
            {
                _happened.Writer.TryWrite(happening);
                return;
            }
        }
    }

    /// <summary>Blocks until all that happened is acknowledged, or the run is left. Gives the snapshots that were accepted so far.</summary>
    public IReadOnlyList<StoredSnapshot> Settle()
    {
        var room = 0;
        while (room < Backlog && !_lease.IsOver)
        {
            room += _room.Wait(Pause) ? 1 : 0;
        }
        if (room > 0)
        {
            _room.Release(room);
        }
        return [.. _acknowledged];
    }

    /// <summary>Nothing more will happen.</summary>
    public void Complete() => _happened.Writer.TryComplete();

    /// <summary>Leaves the run to whoever holds it, or to nobody; what is not acknowledged by now is not told.</summary>
    public void Leave(string reason)
    {
        if (!Done.IsCompleted && _lease.Leave(reason))
        {
            WorkLog.Stopped(_log, _assignment.Run.RunId, _assignment.Run.Attempt, reason);
        }
        Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async Task SendAll()
    {
        while (await _happened.Reader.WaitToReadAsync())
        {
            var next = Next();
            await Deliver(next);
            _room.Release(next.Count);
            if (_lease.IsOver)
            {
                Leave("the lease could not be renewed in time");
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
        using var activity = WorkerTelemetry.InRun("run.report", _assignment.TraceParent);
        var news = new List<News>(happened.Count);
        StoreAwayException? away = null;
        var refused = 0;
        Volatile.Write(ref _delivering, _time.GetTimestamp());
        while (!_lease.IsOver)
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
                if (reply.Unseen is not null)
                {
                    WorkLog.NotSeen(_log, _assignment.Run.RunId, _assignment.Run.Attempt, reply.Reason);
                    news.Clear(); // stored once more before it is told once more
                    away = ++refused < MostUnseen ? null : new StoreAwayException($"the control plane does not see what was stored: {reply.Reason}", RunOutcome.Faulted);
                    await Task.WhenAny(Task.Delay(Pause, _time), _lease.Left);
                    continue;
                }
                await Note(news, reply);
                if (!reply.Accepted || away is not null)
                {
                    Leave(away?.Message ?? reply.Reason ?? "the report was refused");
                }
                _lease.Renew(asked);
                return;
            }
            catch (StoreAwayException longer)
            {
                away = longer;
            }
            catch (Exception error)
            {
                WorkLog.ReportNotAnswered(_log, _assignment.Run.RunId, _assignment.Run.Attempt, error.Message);
                await Task.WhenAny(Task.Delay(Pause, _time), _lease.Left);
            }
        }
    }

    private RunReport Report(IReadOnlyList<News> news, StoreAwayException? away) => new(
        _worker, _assignment.Run,
        [.. news.Select(n => n.Snapshot).OfType<MeasuredSnapshot>()],
        [.. news.Select(n => n.Checkpoint).OfType<StoredCheckpoint>()],
        away is null ? news[^1].End : new AttemptEnd(away.Outcome, Last.Step, away.Message, 0),
        _trained);

    private async Task Note(IReadOnlyList<News> news, ReportReply reply)
    {
        _checkpoints.Add(news.Select(n => n.Checkpoint).OfType<StoredCheckpoint>());
        if (!reply.Accepted)
        {
            return;
        }
        foreach (var told in news.Where(n => n.Snapshot is not null))
        {
            _acknowledged.Add(new StoredSnapshot(told.Snapshot!.Step, told.Snapshot.WeightsHash, Measured: true));
            WorkLog.Snapshot(_log, _assignment.Run.RunId, _assignment.Run.Attempt, told.Snapshot!.Step, told.WasStored ? "measured from the store" : "stored");
        }
        if (reply.Checkpoints is { } kept)
        {
            await _checkpoints.Keep(kept);
        }
    }
}

/// <summary>Something that happened: bytes of metrics that it adds to a report, and how its files become durable, which comes first.</summary>
internal sealed record Happening(int Bytes, Func<Task<News>> Store);

/// <summary>What a report says of one happening; its files are durable.</summary>
internal sealed record News(MeasuredSnapshot? Snapshot = null, StoredCheckpoint? Checkpoint = null, AttemptEnd? End = null)
{
    /// <summary>Whether the snapshot was stored by an earlier attempt, and only measured by this one.</summary>
    public bool WasStored { get; init; }
}
