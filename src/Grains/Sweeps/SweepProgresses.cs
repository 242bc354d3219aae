using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;

namespace Orchestrator.Grains.Sweeps;

/// <summary>How far a sweep is.</summary>
internal static class SweepProgresses
{
    /// <summary>One progress bar per point of the grid.</summary>
    public static IReadOnlyList<GroupProgress> Of(Sweep sweep, SweepBoard board) => [.. Points(sweep).Select(point =>
    {
        var steps = sweep.RunAt(point).Train.Steps;
        var members = Members(sweep, board, point).ToArray();
        return new GroupProgress(
            sweep.PointAt(point),
            members.Length,
            members.Count(i => board.State(i) == RunState.Completed),
            members.Count(i => board.State(i) == RunState.Failed),
            members.Sum(i => board.State(i) == RunState.Completed ? steps : Math.Max(0L, board.Steps(i))),
            (long)members.Length * steps,
            members.Max(board.Best));
    })];

    private static IEnumerable<int> Points(Sweep sweep) => Enumerable.Range(0, sweep.GridPoints);

    private static IEnumerable<int> Members(Sweep sweep, SweepBoard board, int point)
    {
        for (var index = point; index < board.Total; index += sweep.GridPoints)
        {
            yield return index;
        }
    }
}
