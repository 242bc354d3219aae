using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Views;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>What sweeps found so far.</summary>
public sealed class SweepResults(RunOutcomes runs, ICatalogue catalogue, SweepDirectory directory, TimeProvider time)
{
    /// <summary>The result document: one group per point of the grid.</summary>
    public async Task<SweepResult> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var rows = await runs.Of(sweep, specification, cancellation);
        return new SweepResult(
            Head(sweep, rows.Values),
            SweepGroups.Summarize(specification, sweep.TotalRuns, index => rows.TryGetValue(index, out var run) ? (run.State, run.Finals) : (RunState.Pending, null)),
            Elapsed(sweep), null, null);
    }

    /// <summary>How far the sweep had come by its last snapshots; nothing moves while nobody works on it.</summary>
    public async Task<SweepProgress> Progress(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var rows = await runs.Of(sweep, specification, cancellation);
        var groups = rows.ToLookup(run => run.Key % specification.GridPoints, run => run.Value);
        return new SweepProgress(Head(sweep, rows.Values), [.. Enumerable.Range(0, specification.GridPoints).Select(Group)], 0, null);

        GroupProgress Group(int point)
        {
            var (steps, members) = (specification.RunAt(point).Train.Steps, groups[point].ToArray());
            var total = (sweep.TotalRuns - point + specification.GridPoints - 1) / specification.GridPoints;
            return new GroupProgress(
                specification.PointAt(point), total,
                members.Count(run => run.State == RunState.Completed), members.Count(run => run.State == RunState.Failed),
                members.Sum(run => run.State == RunState.Completed ? steps : Math.Max(0L, run.Step)), (long)total * steps,
                members.Max(run => run.Finals?[MetricTable.PrefixMatchingMax]));
        }
    }

    /// <summary>Name, state and counts, from what was read anyway.</summary>
    public static SweepHead Head(SweepRow sweep, IEnumerable<RunOutcome> runs)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return Head(sweep, runs.CountBy(run => (run.State, run.Finals is not null)).Select(count => new RunCount(sweep.Id, count.Key.State, count.Key.Item2, count.Value)));
    }

    /// <summary>Name, state and counts.</summary>
    public async Task<SweepHead> Head(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return Head(sweep, await catalogue.Counts(sweep.Id, cancellation));
    }

    /// <summary>Seconds from submission to the end, or to now.</summary>
    public double Elapsed(SweepRow sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return ((sweep.Ended ?? time.GetUtcNow()) - sweep.Created).TotalSeconds;
    }

    private static SweepHead Head(SweepRow sweep, IEnumerable<RunCount> counts) => new(sweep.Id, sweep.Name, sweep.State, sweep.Reason, SweepCounts.Of(sweep, counts));
}
