using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>Term importance over runs (math.md 8.2). Differences and shares are taken in each run, then averaged: their intervals are those of paired values.</summary>
internal static class TermImportances
{
    /// <summary>Means over the runs in which terms were measured; null if there is none.</summary>
    public static TermSummary? Summarize(IReadOnlyList<RunTerms> runs) => runs.Count == 0 ? null : new(
        Means.Estimate(runs.Select(run => run.UniformLoss)),
        Each(runs, run => run.LossByOrder),
        Each(runs, Marginal),
        Each(runs, Shares),
        Each(runs, run => run.DirectPlusLayerLoss));

    private static IReadOnlyList<double?> Marginal(RunTerms run) =>
        [.. run.LossByOrder.Select((loss, order) => (order == 0 ? run.UniformLoss : run.LossByOrder[order - 1]) - loss)];

    private static IReadOnlyList<double?> Shares(RunTerms run)
    {
        var whole = run.UniformLoss - run.LossByOrder[^1];
        return [.. Marginal(run).Select(part => whole > 0 ? part / whole : null)];
    }

    // Runs of one group can have different depths where somebody groups by another axis: entry k is over those that have it.
    private static IReadOnlyList<MeanEstimate> Each(IReadOnlyList<RunTerms> runs, Func<RunTerms, IReadOnlyList<double?>> read)
    {
        var lists = runs.Select(read).ToArray();
        return [.. Enumerable.Range(0, lists.Max(list => list.Count))
            .Select(k => Means.Estimate(lists.Where(list => list.Count > k).Select(list => list[k]).Where(v => v is not null).Select(v => v!.Value)))];
    }
}
