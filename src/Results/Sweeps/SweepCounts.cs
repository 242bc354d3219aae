using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>Runs of a sweep by state, from the rows of those that were ever handed out.</summary>
internal static class SweepCounts
{
    /// <summary>
    /// The counts. When a sweep has ended, what is still in somebody's hands is no longer wanted, and a run that was being measured again keeps
    /// the result it has; their models say so in a moment. Runs that it never came to are pending, or cancelled with it.
    /// </summary>
    public static RunCounts Of(SweepRow sweep, IEnumerable<RunCount> rows)
    {
        var running = sweep.State is SweepState.Running or SweepState.Paused;
        var counts = rows.GroupBy(row => running || row.State.IsFinal() ? row.State : row.WithResult ? RunState.Completed : RunState.Cancelled)
            .ToDictionary(state => state.Key, state => state.Sum(row => row.Runs));
        var unstarted = sweep.TotalRuns - counts.Values.Sum();
        return new RunCounts
        {
            Total = sweep.TotalRuns,
            Completed = Count(RunState.Completed),
            Failed = Count(RunState.Failed),
            Cancelled = Count(RunState.Cancelled) + (running ? 0 : unstarted),
            Pending = Count(RunState.Pending) + (running ? unstarted : 0),
            Dispatched = Count(RunState.Dispatched),
            Training = Count(RunState.Training),
            Measuring = Count(RunState.Measuring),
            Paused = Count(RunState.Paused),
            Lost = Count(RunState.Lost),
            StoppedEarly = Count(RunState.StoppedEarly),
        };

        int Count(RunState state) => counts.GetValueOrDefault(state);
    }
}
