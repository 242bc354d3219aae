using System.Text.Json;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Results;

/// <summary>A sweep's runs summarized over seeds, one group per point of the grid. Reduced in run order, so that the answer never depends on arrival.</summary>
internal static class SweepGroups
{
    /// <summary>The groups of the result document.</summary>
    public static IReadOnlyList<SweepGroup> Summarize(Sweep sweep, SweepBoard board) =>
        [.. Points(sweep).Select(point => Summarize(sweep, sweep.PointAt(point), [.. Members(sweep, board, point)], index => (board.State(index), board.Finals(index))))];

    /// <summary>One group from the states and finals of its runs.</summary>
    public static SweepGroup Summarize(
        Sweep sweep, IReadOnlyDictionary<string, JsonElement> by, IReadOnlyList<int> members, Func<int, (RunState State, RunFinals? Finals)> read)
    {
        var attention = sweep.RunAt(0).Model.HeadsPerLayer > 0; // kinds are no axes
        var superposition = sweep.Measures.Contains(Measure.Superposition);
        var runs = members.Select(read).ToArray();
        var completed = runs.Where(r => r.State == RunState.Completed && r.Finals is not null).Select(r => r.Finals!).ToArray();
        var counted = completed.Where(f => f.InductionHeads is not null).ToArray();
        return new SweepGroup
        {
            By = by,
            Runs = members.Count,
            Completed = runs.Count(r => r.State == RunState.Completed),
            Failed = runs.Count(r => r.State == RunState.Failed),
            Excluded = runs.Count(r => r is { State: RunState.Completed, Finals: null })
                + completed.Count(f => f.FinalLoss is null || (attention && (f.IclScore is null || f.PrefixMatchingMax is null || f.InductionHeads is null))),
            InductionShare = Shares.Wilson(counted.Count(f => f.InductionHeads > 0), counted.Length),
            PrefixMatchingMax = Mean(completed, f => f.PrefixMatchingMax),
            IclScore = Mean(completed, f => f.IclScore),
            FinalLoss = Mean(completed, f => f.FinalLoss),
            KCompositionExcessMax = Mean(completed, f => f.KExcessMax),
            TransitionStep = Transition.Median(completed
                .Where(f => f.TransitionBy is not null)
                .Select(f => new Transition(f.TransitionStep, f.TransitionAfter, f.TransitionBy!.Value))),
            FeaturesRepresented = superposition ? Mean(completed, f => f.Superposition?.FeaturesRepresented) : null,
            DimensionsPerFeature = superposition ? Mean(completed, f => f.Superposition?.DimensionsPerFeature) : null,
            MeanDimensionality = superposition ? Mean(completed, f => f.Superposition?.MeanDimensionality) : null,
            QCompositionExcessMax = Mean(completed, f => f.QExcessMax),
            VCompositionExcessMax = Mean(completed, f => f.VExcessMax),
            Terms = TermImportances.Summarize([.. completed.Select(f => f.Terms).OfType<RunTerms>()]),
        };
    }

    /// <summary>One progress bar per point of the grid.</summary>
    public static IReadOnlyList<GroupProgress> Progress(Sweep sweep, SweepBoard board) => [.. Points(sweep).Select(point =>
    {
        var steps = sweep.RunAt(point).Train.Steps;
        var members = Members(sweep, board, point).ToArray();
        return new GroupProgress(
            sweep.PointAt(point),
            members.Length,
            members.Count(i => board.State(i) == RunState.Completed),
            members.Count(i => board.State(i) is RunState.Failed or RunState.Cancelled),
            members.Sum(i => board.State(i).IsFinal() ? steps : Math.Max(0L, board.Steps(i))),
            (long)members.Length * steps,
            members.Max(board.Best));
    })];

    private static MeanEstimate Mean(IEnumerable<RunFinals> runs, Func<RunFinals, double?> read) =>
        Means.Estimate(runs.Select(read).Where(v => v is not null).Select(v => v!.Value));

    private static IEnumerable<int> Points(Sweep sweep) => Enumerable.Range(0, sweep.GridPoints);

    private static IEnumerable<int> Members(Sweep sweep, SweepBoard board, int point)
    {
        for (var index = point; index < board.Total; index += sweep.GridPoints)
        {
            yield return index;
        }
    }
}
