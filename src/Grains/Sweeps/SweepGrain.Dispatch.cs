using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Models;
using Orchestrator.Grains.Pools;

namespace Orchestrator.Grains.Sweeps;

/// <summary>Handing out: which runs go into which packs, and when.</summary>
internal sealed partial class SweepGrain
{
    private const int DispatchedAtOnce = 256;
    private static readonly TimeSpan WaitingLasts = TimeSpan.FromSeconds(3);
    private string _device = DeviceClass.Cpu;
    private bool _wantsSlots;
    private string? _failure;
    private DateTimeOffset? _waiting;

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
            _failure = null;
        }
        catch (Exception error)
        {
            if (error.Message != _failure) // told once, not at every tick
            {
                GrainLog.PumpFailed(log, Record.Id, error);
                _failure = error.Message;
            }
        }
        finally
        {
            _handingOut = false;
        }
    }

    private async Task HandOutWindow()
    {
        if (!_board.HasWork || await OverBudget())
        {
            await WantNoSlots(); // what is open keeps its slots; the rest is for other sweeps
            return;
        }
        _wantsSlots = true;
        var share = await AskForSlots();
        while (Running)
        {
            // Many at once: their writes share transactions. Not all at once: the last must be answered before its call times out.
            var (sent, runs) = (new List<Task>(), 0);
            for (var open = OpenPacks(share.Slots); open < share.Packs && runs < DispatchedAtOnce && NextPack(share.Slots) is { Count: > 0 } pack; open++)
            {
                runs += pack.Count;
                sent.Add(SendPack(pack));
            }
            if (sent.Count == 0)
            {
                return;
            }
            await Task.WhenAll(sent);
            if (!Running)
            {
                await Close(); // the sweep was ended while the models were asked
            }
            await EndWhenDone();
        }
    }

    /// <summary>Chooses the runs of the next pack, and notes them before the first await, so that nobody takes them twice.</summary>
    private IReadOnlyList<(int Index, bool OnlyMeasure)> NextPack(int slots)
    {
        var room = BudgetRules.Room(_sweep!.Budget, _board);
        var pack = _board.NextPack((first, waiting) => rates.Size(_sweep.RunAt(first), waiting, slots, _device), room, _sweep.GridPoints);
        if (pack.Count == 0)
        {
            _handOutAgain |= !_board.HasWork || room == 0; // look once more, to give the slots back or to end on the budget
            return [];
        }
        var onlyMeasure = _board.ToMeasure.Contains(pack[0]);
        foreach (var index in pack)
        {
            _board.Set(index, RunState.Dispatched);
        }
        return [.. pack.Select(index => (index, onlyMeasure))];
    }

    private async Task SendPack(IReadOnlyList<(int Index, bool OnlyMeasure)> pack)
    {
        var assignments = new List<RunAssignment>(pack.Count);
        try
        {
            await Task.WhenAll(pack.Select(run => Dispatch(run.Index, run.OnlyMeasure, assignments)));
        }
        finally
        {
            // Those that are durable go out even if one failed.
            if (assignments.Count > 0 && Running)
            {
                Publish(assignments);
            }
        }
    }

    /// <summary>
    /// This sweep's share of the fastest class of device that has slots for it. Every pool is told what the sweep wants, so that
    /// each wakes it when workers come.
    /// </summary>
    private async Task<PoolShare> AskForSlots()
    {
        var requires = _sweep!.Requires;
        var shares = await Task.WhenAll(DeviceClass.All.Select(device =>
            Pool(device).Share(new SlotWish(Record.Id, Record.Priority, requires, requires.QueueOn(device), _wantsSlots))));
        var (device, share) = DeviceClass.All.Zip(shares).FirstOrDefault(pool => pool.Second.Slots > 0, (requires.Device ?? DeviceClass.All[^1], default));
        _device = device;
        _waiting = share.Slots > 0 ? null : _waiting ?? time.GetUtcNow();
        return share;
    }

    /// <summary>Why none of the runs can start, once that has lasted; workers join and leave for moments.</summary>
    private string? WaitsFor() =>
        !Running || _waiting is not { } since || time.GetUtcNow() - since < WaitingLasts ? null
        : _sweep!.Requires.Empty ? "no worker is connected"
        : $"no worker that is connected has what the sweep requires ({_sweep.Requires})";

    private IPoolGrain Pool(string device) => GrainFactory.GetGrain<IPoolGrain>(device);

    private async Task Dispatch(int index, bool onlyMeasure, List<RunAssignment> assignments)
    {
        _asking.Add(index);
        try
        {
            var reply = await Model(index).Dispatch(Order(index, onlyMeasure));
            if (reply.Unreadable is { } reason)
            {
                SetAside(index, reason);
            }
            else if (reply.State.IsFinal())
            {
                await Learn(index); // trained and measured before, for another sweep: its results are this sweep's too
            }
            else if (reply.Publish is null && _board.State(index) == RunState.Dispatched)
            {
                _board.Set(index, reply.State); // in somebody's hands already; what the model told meanwhile is newer
            }
            if (reply.Publish is { } assignment)
            {
                assignments.Add(assignment);
            }
        }
        catch
        {
            _board.Set(index, onlyMeasure ? RunState.Completed : RunState.Pending);
            if (onlyMeasure)
            {
                _board.Measure(index);
            }
            throw;
        }
        finally
        {
            _asking.Remove(index);
        }
    }

    private void Publish(IReadOnlyList<RunAssignment> runs) => pump.Publish(_sweep!.Requires.QueueOn(_device), new TrainPack(Guid.CreateVersion7(time.GetUtcNow()).ToString("n"), runs));

    /// <summary>
    /// Open packs, estimated from open runs: members of a pack start and end together, or nearly. Lost runs are in nobody's hands:
    /// counted here, a window full of them would never be handed out again.
    /// </summary>
    private int OpenPacks(int slots) => _board.Open
        .Where(index => _board.State(index) != RunState.Lost)
        .CountBy(index => index % _sweep!.GridPoints)
        .Sum(shape => (int)Math.Ceiling((double)shape.Value / rates.Size(_sweep!.RunAt(shape.Key), _board.Total, slots, _device)));

    private DispatchOrder Order(int index, bool onlyMeasure = false)
    {
        var configuration = _sweep!.RunAt(index);
        return new DispatchOrder(Record.Id, index, configuration, _sweep.PlanFor(configuration), Record.TraceParent, onlyMeasure);
    }

    private async Task<bool> OverBudget()
    {
        if (Record.Before is { State: not SweepState.Running })
        {
            return false; // the budget is for what is trained
        }
        if (BudgetRules.UsedUp(_sweep!.Budget, _board) is not { } used)
        {
            return false;
        }
        if (used.EndsNow)
        {
            await End(SweepState.Stopped, used.Reason);
        }
        return true;
    }

    /// <summary>The pools forget a sweep that has ended.</summary>
    private async Task ReleaseSlots()
    {
        if (!Running)
        {
            _wantsSlots = false;
            await Task.WhenAll(DeviceClass.All.Select(device => Pool(device).Release(Record.Id)));
        }
    }

    private async Task WantNoSlots()
    {
        if (_wantsSlots)
        {
            _wantsSlots = false;
            await AskForSlots();
        }
    }
}
