using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Sweeps;

/// <summary>
/// Where every run of a sweep stands: a few bytes a run, rebuilt from the runs' rows at activation. A run without a row is pending.
/// Answers never depend on the order in which news arrived.
/// </summary>
internal sealed class SweepBoard(int total)
{
    private readonly RunState[] _states = new RunState[total];
    private readonly int[] _steps = new int[total];
    private readonly float[] _best = new float[total];
    private readonly bool[] _withResult = new bool[total];
    private readonly Dictionary<RunState, int> _counts = new() { [RunState.Pending] = total };
    private readonly SortedSet<int> _open = [];
    private readonly SortedSet<int> _again = [];
    private readonly SortedSet<int> _toMeasure = [];
    private readonly double[] _seconds = new double[total];
    private readonly byte[] _losses = new byte[total];
    private int _firstPending;

    public int Total => total;

    /// <summary>Runs in somebody's hands.</summary>
    public IReadOnlyCollection<int> Open => _open;

    /// <summary>Whether pending runs stay what they are: the sweep was ended before it came to them.</summary>
    public bool Closed { get; set; }

    /// <summary>Completed runs that wait to be measured again.</summary>
    public IReadOnlyCollection<int> ToMeasure => _toMeasure;

    /// <summary>Device time of all ended runs, seconds.</summary>
    public double DeviceSeconds { get; private set; }

    public RunState State(int index) => _states[index];

    public int Steps(int index) => _steps[index];

    /// <summary>Largest prefix-matching score seen at any snapshot of the run, or null.</summary>
    public double? Best(int index) => _best[index] > 0 ? _best[index] : null;

    public int Count(RunState state) => _counts.GetValueOrDefault(state);

    /// <summary>Whether there is something to hand out.</summary>
    public bool HasWork => _again.Count + _toMeasure.Count + Waiting > 0;

    /// <summary>Whether every run has ended.</summary>
    public bool Done => Waiting + Count(RunState.Paused) + _toMeasure.Count + _open.Count == 0;

    private int Waiting => Closed ? 0 : Count(RunState.Pending);

    /// <summary>Takes what a model says of itself. Returns whether the state changed.</summary>
    public bool Apply(RunRow row)
    {
        if (row.State.IsFinal())
        {
            DeviceSeconds += row.DeviceSeconds - _seconds[row.Index]; // a run can end more than once
            _seconds[row.Index] = row.DeviceSeconds;
        }
        _withResult[row.Index] = row.Finals is not null;
        _best[row.Index] = Math.Max(_best[row.Index], (float)(row.Finals?[MetricTable.PrefixMatchingMax] ?? 0));
        _steps[row.Index] = Math.Max(_steps[row.Index], row.Step);
        return Set(row.Index, row.State);
    }

    public bool Set(int index, RunState state)
    {
        var before = _states[index];
        _states[index] = state;
        Track(_open, index, state.IsOpen());
        Track(_again, index, state == RunState.Lost);
        _toMeasure.Remove(index);
        if (state == RunState.Pending)
        {
            _firstPending = Math.Min(_firstPending, index);
        }
        if (before == state)
        {
            return false;
        }
        if (state == RunState.Lost && _losses[index] < byte.MaxValue)
        {
            _losses[index]++;
        }
        _counts[before]--;
        _counts[state] = Count(state) + 1;
        return true;
    }

    /// <summary>Wants a completed run measured again.</summary>
    public void Measure(int index)
    {
        if (_states[index] == RunState.Completed)
        {
            _toMeasure.Add(index);
        }
    }

    public void Progress(int index, int step, double? prefixMatchingMax)
    {
        _steps[index] = Math.Max(_steps[index], step);
        _best[index] = Math.Max(_best[index], (float)(prefixMatchingMax ?? 0));
    }

    /// <summary>
    /// The next runs to hand out as one pack: first what was lost, in packs that are smaller with every loss, because one run may be what ends
    /// its workers; then what is to be measured, then pending runs. Runs of one shape lie <paramref name="stride"/> apart, because seeds
    /// are the outermost axis. Empty where nothing is left.
    /// </summary>
    /// <param name="size">Runs of one pack, from its first run and how many runs wait like it.</param>
    /// <param name="room">Pending runs that may still be begun.</param>
    /// <param name="stride">Runs of one seed.</param>
    public IReadOnlyList<int> NextPack(Func<int, int, int> size, int room, int stride)
    {
        if (_again.Count > 0)
        {
            return Alike(_again, size(_again.Min, _again.Count) >> Math.Min(31, 4 * _losses[_again.Min]));
        }
        if (_toMeasure.Count > 0)
        {
            return Alike(_toMeasure, size(_toMeasure.Min, _toMeasure.Count));
        }
        if (Closed)
        {
            return [];
        }
        while (_firstPending < total && _states[_firstPending] != RunState.Pending)
        {
            _firstPending++;
        }
        var pack = new List<int>();
        var most = _firstPending < total ? Math.Min(room, size(_firstPending, Waiting)) : 0;
        for (var index = _firstPending; index < total && pack.Count < most; index += stride)
        {
            if (_states[index] == RunState.Pending)
            {
                pack.Add(index);
            }
        }
        return pack;

        IReadOnlyList<int> Alike(SortedSet<int> runs, int most) => [.. runs.Where(index => (index - runs.Min) % stride == 0).Take(Math.Max(1, most))];
    }

    public RunCounts Counts() => new()
    {
        Total = total,
        Completed = Count(RunState.Completed),
        Failed = Count(RunState.Failed),
        Cancelled = Count(RunState.Cancelled) + (Closed ? Count(RunState.Pending) : 0),
        Pending = Waiting,
        Dispatched = Count(RunState.Dispatched),
        Training = Count(RunState.Training),
        Measuring = Count(RunState.Measuring),
        Paused = Count(RunState.Paused),
        Lost = Count(RunState.Lost),
        StoppedEarly = Count(RunState.StoppedEarly),
    };

    /// <summary>
    /// The counts of a sweep that has ended: what is still in somebody's hands is no longer wanted, and a run that was being measured
    /// again keeps the result it has. Their models say so in a moment, or when they are asked again.
    /// </summary>
    public RunCounts EndedCounts()
    {
        var counts = Counts();
        var kept = _open.Count(index => _withResult[index]);
        return counts with
        {
            Completed = counts.Completed + kept,
            Cancelled = counts.Cancelled + _open.Count - kept + counts.Paused,
            Dispatched = 0,
            Training = 0,
            Measuring = 0,
            Lost = 0,
            Paused = 0,
        };
    }

    private static void Track(SortedSet<int> set, int index, bool member)
    {
        if (member)
        {
            set.Add(index);
        }
        else
        {
            set.Remove(index);
        }
    }
}
