using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Models;
using Orchestrator.Specification;
using Orchestrator.Storage;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Sweeps;

/// <inheritdoc cref="ISweepGrain"/>
internal sealed partial class SweepGrain(
    [PersistentState("sweep")] IPersistentState<SweepRecord> stored,
    ICatalogue catalogue,
    IFactStore facts,
    DispatchPump pump,
    PackRates rates,
    IOptions<ControlPlaneOptions> options,
    TimeProvider time,
    ILogger<SweepGrain> log) : Grain, ISweepGrain, IRemindable, IIncomingGrainCallFilter
{
    private const string Reminder = "supervise";
    private Sweep? _sweep;
    private SweepBoard _board = new(0);
    private ProgressRate? _rate;
    private readonly HashSet<int> _asking = [];
    private readonly HashSet<int> _notSupervised = [];
    private (SweepState State, string? Reason) _told;
    private bool _handingOut;
    private bool _handOutAgain;
    private bool _unregistering;
    private IGrainTimer? _supervisor;

    private SweepRecord Record => stored.State;

    private bool Running => _sweep is not null && Record.State == SweepState.Running;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Record.Document.Length > 0)
        {
            Sweep sweep;
            try
            {
                sweep = SweepDocuments.Read(Record.Document);
            }
            catch (Exception unreadable) when (unreadable is StorageException or JsonException)
            {
                Record.Unreadable = $"sweep {this.GetPrimaryKeyString()} cannot be read: {unreadable.Message}";
                return;
            }
            await Load(sweep, cancellationToken);
        }
    }

    /// <summary>A sweep that cannot be read says so to whoever asks, and nothing to its reminder, which would ask for ever.</summary>
    public Task Invoke(IIncomingGrainCallContext context) => Record.Unreadable is { } reason && context.InterfaceMethod.DeclaringType != typeof(IRemindable)
        ? throw new StorageException(reason)
        : context.Invoke();

    public async Task<SubmitResult> Submit(string document, string? traceParent)
    {
        var created = _sweep is null;
        if (created)
        {
            var sweep = SweepDocuments.Read(document);
            Record.Id = this.GetPrimaryKeyString();
            Record.Document = document;
            Record.Name = sweep.Name;
            Record.State = SweepState.Running;
            Record.Priority = sweep.Priority;
            Record.TotalRuns = (int)sweep.Count;
            Record.Created = time.GetUtcNow();
            Record.TraceParent = traceParent;
            await KeepReminded();
            await Save();
            await Load(sweep, CancellationToken.None);
            GrainLog.SweepChanged(log, Record.Id, Record.Name, Record.TotalRuns, "submitted");
        }
        HandOut();
        var kept = created ? [] : SweepDocuments.Differences(Record.Document, document);
        return new SubmitResult(Record.Id, Record.Name, Counts(), created) { Kept = kept.Count > 0 ? kept : null };
    }

    public async Task Wake()
    {
        if (_sweep is not null && !Running)
        {
            await Close(); // the process may have ended between the end of the sweep and what follows from it
        }
        HandOut();
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Wake();

    public async Task<SweepSummary?> Cancel(string reason)
    {
        if (Running)
        {
            await (Record.Before is { State: not SweepState.Running } before ? End(before.State, reason) : End(SweepState.Cancelled, reason));
        }
        return Summary();
    }

    public async Task CancelRun(int index, string reason)
    {
        if (!Running)
        {
            return; // every run has ended, or will in a moment
        }
        var pending = _board.State(index) == RunState.Pending;
        if (pending)
        {
            _board.Set(index, RunState.Cancelled); // before the first await, so that nobody hands it out meanwhile
        }
        try
        {
            await Model(index).Withdraw(Order(index), reason);
        }
        catch when (pending)
        {
            _board.Set(index, RunState.Pending);
            throw;
        }
    }

    public Task<SweepProgress?> Progress()
    {
        if (_sweep is null)
        {
            return Task.FromResult<SweepProgress?>(null);
        }
        var groups = SweepProgresses.Of(_sweep, _board);
        var (done, total) = (groups.Sum(g => g.StepsDone), groups.Sum(g => g.StepsTotal));
        var rate = Running ? _rate!.At(time.GetUtcNow(), done) : 0;
        return Task.FromResult<SweepProgress?>(new SweepProgress(Head(), groups, rate, rate > 0 ? (total - done) / rate : null));
    }

    public Task<string?> Waiting() => Task.FromResult(WaitsFor());

    public async Task RunChanged(RunRow row)
    {
        if (_sweep is null)
        {
            return;
        }
        Apply(row);
        Record.SetAside.RemoveAll(aside => aside.Index == row.Index);
        if (row.State.IsOpen() && row.State != RunState.Lost)
        {
            return; // claimed: no room in the window, and nothing to hand out again
        }
        await EndWhenDone();
        HandOut();
    }

    public Task RunProgressed(int index, int step, double? prefixMatchingMax)
    {
        if (_sweep is not null && index < _board.Total)
        {
            _board.Progress(index, step, prefixMatchingMax);
        }
        return Task.CompletedTask;
    }

    private async Task Load(Sweep sweep, CancellationToken cancellation)
    {
        var board = new SweepBoard(Record.TotalRuns);
        foreach (var row in await catalogue.Runs(Record.Id, cancellation))
        {
            board.Apply(row);
            rates.Add(sweep, row);
        }
        board.Closed = (Record.Before?.State ?? Record.State) is SweepState.Cancelled or SweepState.Stopped;
        if (Record.Before is not null)
        {
            await NoteLacking(sweep, board, cancellation);
        }
        (_sweep, _board, _told) = (sweep, board, (Record.State, Record.Reason)); // together: calls interleave with the reading
        _rate = new ProgressRate(time.GetUtcNow(), SweepProgresses.Of(_sweep, _board).Sum(g => g.StepsDone));
        if (Running)
        {
            KeepSupervised();
        }
    }

    private void KeepSupervised() => _supervisor ??= this.RegisterGrainTimer(Supervise, new GrainTimerCreationOptions
    {
        DueTime = TimeSpan.Zero,
        Period = options.Value.SupervisorPeriod,
        KeepAlive = true,
        Interleave = true,
    });

    private Task<IGrainReminder> KeepReminded() => this.RegisterOrUpdateReminder(Reminder, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

    /// <summary>Asks every open model how it is: expired leases end, unclaimed packs are published again, and news that got lost is learned.</summary>
    private async Task Supervise(CancellationToken cancellation)
    {
        if (!Running)
        {
            return;
        }
        await AskForSlots(); // what is published again goes if there are slots now
        foreach (var index in _board.Open.Where(i => !_asking.Contains(i)).ToArray()) // who is being asked answers in a moment
        {
            try
            {
                await Supervise(index, cancellation);
                _notSupervised.Remove(index);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                if (_notSupervised.Add(index)) // told once, not at every tick; the others must not wait for this one
                {
                    GrainLog.NotSupervised(log, Record.Id, index, error);
                }
            }
        }
        await EndWhenDone();
        HandOut();
    }

    private async Task Supervise(int index, CancellationToken cancellation)
    {
        var seen = _board.State(index);
        var reply = await Model(index).Supervise();
        if (reply.Unreadable is { } reason)
        {
            SetAside(index, reason);
            return;
        }
        if (reply.Publish is { } assignment && Running)
        {
            Publish([assignment]);
        }
        // News that came in meanwhile is newer than the answer. Measuring is a progress that is not told.
        if (_asking.Contains(index) || _board.State(index) != seen || reply.State == seen || reply.State is RunState.Pending or RunState.Measuring)
        {
            return;
        }
        GrainLog.Repaired(log, Record.Id, index, seen.ToString(), reply.State.ToString());
        GrainTelemetry.Repairs.Add(1);
        await Learn(index, cancellation);
    }

    /// <summary>A run that cannot be read fails, and the others go on; it is listed as such from the end of the sweep on. What is stored of it stays as it is.</summary>
    private void SetAside(int index, string reason)
    {
        if (_board.Set(index, RunState.Failed))
        {
            GrainLog.RunUnreadable(log, Record.Id, index, reason);
            Record.SetAside.RemoveAll(row => row.Index == index);
            Record.SetAside.Add(new RunRow { SweepId = Record.Id, Index = index, RunId = _sweep!.RunIdAt(index), State = RunState.Failed, Attempt = 0, Reason = reason });
        }
    }

    /// <summary>Takes a run's row from the catalogue, if its model has made it durable.</summary>
    private async Task Learn(int index, CancellationToken cancellation = default)
    {
        foreach (var row in (await catalogue.Run(_sweep!.RunIdAt(index), cancellation)).Where(r => r.SweepId == Record.Id && r.Index == index))
        {
            Apply(row);
        }
    }

    private void Apply(RunRow row)
    {
        if (_board.Apply(row))
        {
            rates.Add(_sweep!, row);
        }
    }

    private async Task EndWhenDone()
    {
        if (Running && _board.Done)
        {
            await (Record.Before is { State: not SweepState.Running } before
                ? End(before.State, before.Reason)
                : End(_board.Count(RunState.Completed) > 0 ? SweepState.Completed : SweepState.Failed, null));
        }
    }

    private async Task End(SweepState state, string? reason)
    {
        Record.State = state;
        Record.Reason = reason;
        Record.Ended = Record.Before?.Ended ?? time.GetUtcNow();
        Record.Before = null;
        _board.Closed = state is SweepState.Cancelled or SweepState.Stopped;
        await Save();
        GrainLog.SweepChanged(log, Record.Id, Record.Name, Record.TotalRuns, state.ToString());
        await Close();
    }

    /// <summary>What follows from the end: runs that are open are no longer wanted, slots are free, nobody needs to be woken. Can be repeated.</summary>
    private async Task Close()
    {
        await Task.WhenAll(_board.Open.ToArray().Select(index => Model(index).Withdraw(Order(index), Record.Reason ?? $"the sweep is {Record.State}")));
        await ReleaseSlots();
        if (!_unregistering && !Running) // while the models were asked, somebody may have asked to measure again
        {
            _unregistering = true; // calls interleave, and a reminder can be unregistered once
            try
            {
                if (await this.GetReminder(Reminder) is { } reminder)
                {
                    await this.UnregisterReminder(reminder);
                }
            }
            finally
            {
                _unregistering = false;
            }
        }
        if (Running)
        {
            await KeepReminded();
            return;
        }
        _supervisor?.Dispose(); // last: it may be the timer that is running this
        _supervisor = null;
    }

    private IModelGrain Model(int index) => GrainFactory.GetGrain<IModelGrain>(_sweep!.RunIdAt(index));

    private RunCounts Counts() => Running ? _board.Counts() : _board.EndedCounts();

    /// <summary>From here on others may be told: whoever hears of it from here and looks into the tables must find it there.</summary>
    private async Task Save()
    {
        await stored.WriteOrLeave(this);
        _told = (Record.State, Record.Reason);
    }

    private SweepHead Head() => new(Record.Id, Record.Name, _told.State, _told.Reason, Counts()) { Waiting = WaitsFor() };

    private SweepSummary? Summary() => _sweep is null
        ? null
        : new SweepSummary(Record.Id, Record.Name, _told.State, _told.Reason, Record.Created, Record.Ended, Counts());
}
