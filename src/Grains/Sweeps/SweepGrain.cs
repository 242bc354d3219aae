using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Models;
using Orchestrator.Grains.Pools;
using Orchestrator.Grains.Results;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Sweeps;

/// <inheritdoc cref="ISweepGrain"/>
internal sealed class SweepGrain(
    [PersistentState("sweep")] IPersistentState<SweepRecord> stored,
    ICatalogue catalogue,
    DispatchPump pump,
    IOptions<ControlPlaneOptions> options,
    TimeProvider time,
    ILogger<SweepGrain> log) : Grain, ISweepGrain, IRemindable
{
    private const string Reminder = "supervise";
    private Sweep? _sweep;
    private SweepBoard _board = new(0);
    private ProgressRate? _rate;
    private bool _handingOut;
    private bool _handOutAgain;

    private SweepRecord Record => stored.State;

    private bool Running => _sweep is not null && Record.State == SweepState.Running;

    private IPoolGrain Pool => GrainFactory.GetGrain<IPoolGrain>("cpu");

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Record.Document.Length > 0)
        {
            await Load(cancellationToken);
        }
    }

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
            await this.RegisterOrUpdateReminder(Reminder, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
            await Save();
            await Load(CancellationToken.None);
            Log.SweepChanged(log, Record.Id, Record.Name, Record.TotalRuns, "submitted");
        }
        HandOut();
        return new SubmitResult(Record.Id, Record.Name, Counts(), created);
    }

    public Task Wake()
    {
        HandOut();
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Wake();

    public async Task<SweepSummary?> Cancel(string reason)
    {
        if (Running)
        {
            await End(SweepState.Cancelled, reason);
            await Task.WhenAll(_board.Open.ToArray().Select(index => Model(index).Withdraw(Record.Id, reason)));
        }
        return Summary();
    }

    public Task<string?> Document() => Task.FromResult(_sweep is null ? null : Record.Document);

    public Task<SweepResult?> Result() => Task.FromResult(_sweep is null ? null : new SweepResult(
        Head(), SweepGroups.Summarize(_sweep, _board), ((Record.Ended ?? time.GetUtcNow()) - Record.Created).TotalSeconds, null, null));

    public Task<SweepProgress?> Progress()
    {
        if (_sweep is null)
        {
            return Task.FromResult<SweepProgress?>(null);
        }
        var groups = SweepGroups.Progress(_sweep, _board);
        var (done, total) = (groups.Sum(g => g.StepsDone), groups.Sum(g => g.StepsTotal));
        var rate = Running ? _rate!.At(time.GetUtcNow(), done) : 0;
        return Task.FromResult<SweepProgress?>(new SweepProgress(Head(), groups, rate, rate > 0 ? (total - done) / rate : null));
    }

    public async Task RunChanged(RunRow row)
    {
        if (_sweep is null)
        {
            return;
        }
        _board.Apply(row);
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

    private async Task Load(CancellationToken cancellation)
    {
        _sweep = SweepDocuments.Read(Record.Document);
        _board = new SweepBoard(Record.TotalRuns);
        foreach (var row in await catalogue.Runs(Record.Id, cancellation))
        {
            _board.Apply(row);
        }
        _rate = new ProgressRate(time.GetUtcNow(), SweepGroups.Progress(_sweep, _board).Sum(g => g.StepsDone));
        if (Running)
        {
            this.RegisterGrainTimer(Supervise, new GrainTimerCreationOptions
            {
                DueTime = TimeSpan.Zero,
                Period = options.Value.SupervisorPeriod,
                KeepAlive = true,
                Interleave = true,
            });
        }
    }

    /// <summary>Asks every open model how it is: expired leases end, unclaimed packs are published again, and news that got lost is learned.</summary>
    private async Task Supervise(CancellationToken cancellation)
    {
        if (!Running)
        {
            return;
        }
        foreach (var index in _board.Open.ToArray())
        {
            var seen = _board.State(index);
            var reply = await Model(index).Supervise();
            if (reply.Publish is { } assignment)
            {
                Publish([assignment]);
            }
            if (reply.State.IsFinal() && !_board.State(index).IsFinal() && await Model(index).Detail(Record.Id) is not null)
            {
                Log.Repaired(log, Record.Id, index, seen.ToString(), reply.State.ToString());
                GrainTelemetry.Repairs.Add(1);
                foreach (var row in (await catalogue.Run(_sweep!.RunIdAt(index), cancellation)).Where(r => r.SweepId == Record.Id))
                {
                    _board.Apply(row);
                }
            }
        }
        await EndWhenDone();
        HandOut();
    }

    /// <summary>Starts handing out in the background of this grain, or makes the one that is under way look again.</summary>
    private void HandOut()
    {
        _handOutAgain = true;
        if (!_handingOut && Running)
        {
            _handingOut = true;
            HandOutLoop().Ignore();
        }
    }

    private async Task HandOutLoop()
    {
        try
        {
            while (_handOutAgain && Running)
            {
                _handOutAgain = false;
                await HandOutWindow();
            }
        }
        catch (Exception error)
        {
            Log.PumpFailed(log, Record.Id, error);
        }
        finally
        {
            _handingOut = false;
        }
    }

    private async Task HandOutWindow()
    {
        var share = await Pool.Share(Record.Id, Record.Priority);
        var stride = _sweep!.GridPoints;
        while (Running && OpenPacks(share.Slots) < share.Packs)
        {
            if (await OverBudget())
            {
                return;
            }
            var pack = _board.NextPack(first => PackSizes.For(_sweep.RunAt(first), _board.Count(RunState.Pending), share.Slots), stride);
            if (pack.Count == 0)
            {
                return;
            }
            foreach (var index in pack)
            {
                _board.Set(index, RunState.Dispatched); // before the first await, so that nobody takes it twice
            }
            var replies = await Task.WhenAll(pack.Select(Dispatch));
            if (replies.Where(r => r is not null).Select(r => r!).ToArray() is { Length: > 0 } assignments)
            {
                Publish(assignments);
            }
            await EndWhenDone();
        }
    }

    private async Task<RunAssignment?> Dispatch(int index)
    {
        var configuration = _sweep!.RunAt(index);
        try
        {
            var reply = await Model(index).Dispatch(new DispatchOrder(Record.Id, index, configuration, _sweep.PlanFor(configuration), Record.TraceParent));
            if (reply.State.IsFinal())
            {
                foreach (var row in (await catalogue.Run(_sweep.RunIdAt(index))).Where(r => r.SweepId == Record.Id))
                {
                    _board.Apply(row); // trained before, for another sweep: its results are this sweep's too
                }
            }
            else if (reply.Publish is null)
            {
                _board.Set(index, reply.State);
            }
            return reply.Publish;
        }
        catch
        {
            _board.Set(index, RunState.Pending);
            throw;
        }
    }

    private void Publish(IReadOnlyList<RunAssignment> runs) => pump.Publish("cpu", new TrainPack(Guid.CreateVersion7(time.GetUtcNow()).ToString("n"), runs));

    /// <summary>Open packs, reckoned from open runs: members of a pack start and end together, or nearly.</summary>
    private int OpenPacks(int slots) => _board.Open
        .CountBy(index => index % _sweep!.GridPoints)
        .Sum(shape => (int)Math.Ceiling((double)shape.Value / PackSizes.For(_sweep!.RunAt(shape.Key), _board.Total, slots)));

    private async Task<bool> OverBudget()
    {
        var started = _board.Total - _board.Count(RunState.Pending);
        var reason = _sweep!.Budget switch
        {
            { Runs: { } runs } when started >= runs && _board.Count(RunState.Pending) > 0 => $"the budget of {runs} runs is used up",
            { DeviceHours: { } hours } when _board.DeviceSeconds >= hours * 3600 => $"the budget of {hours} device hours is used up",
            _ => null,
        };
        if (reason is null)
        {
            return false;
        }
        Record.Reason = reason;
        if (_board.Open.Count == 0)
        {
            await End(SweepState.Stopped, reason);
        }
        return true;
    }

    private async Task EndWhenDone()
    {
        if (Running && _board.Done)
        {
            await End(_board.Count(RunState.Completed) > 0 ? SweepState.Completed : SweepState.Failed, null);
        }
    }

    private async Task End(SweepState state, string? reason)
    {
        Record.State = state;
        Record.Reason = reason;
        Record.Ended = time.GetUtcNow();
        await Save();
        await Pool.Release(Record.Id);
        if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
        Log.SweepChanged(log, Record.Id, Record.Name, Record.TotalRuns, state.ToString());
    }

    private async Task Save()
    {
        try
        {
            await stored.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // memory is ahead of what is stored: the next call starts from what is stored
            throw;
        }
    }

    private IModelGrain Model(int index) => GrainFactory.GetGrain<IModelGrain>(_sweep!.RunIdAt(index));

    private RunCounts Counts() => _board.Counts(cancelled: Record.State is SweepState.Cancelled or SweepState.Stopped);

    private SweepHead Head() => new(Record.Id, Record.Name, Record.State, Record.Reason, Counts());

    private SweepSummary? Summary() => _sweep is null
        ? null
        : new SweepSummary(Record.Id, Record.Name, Record.State, Record.Reason, Record.Created, Record.Ended, Counts());
}
