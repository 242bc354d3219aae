using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>
/// Term importance over runs (math.md 8.2). Differences and shares are taken in each run, then averaged: their intervals are those of paired values. The luck of the held-out
/// sequences joins them (8.3): that of a difference or a share by the delta method, as if the errors of two orders were independent; they are not, and go the same way.
/// </summary>
internal static class TermImportances
{
    private readonly record struct Uncertain(double? Value, double? Error);

    /// <summary>Means over the runs in which terms were measured; null if there is none.</summary>
    public static TermSummary? Summarize(IReadOnlyList<RunTerms> runs) => runs.Count == 0 ? null : new(
        Means.Estimate(runs.Select(run => run.UniformLoss)),
        Each(runs, run => With(run.LossByOrder, run.LossErrors), MetricRange.NotNegative),
        Each(runs, Marginal),
        Each(runs, Shares),
        Each(runs, run => With(run.DirectPlusLayerLoss, run.DirectPlusLayerErrors), MetricRange.NotNegative));

    private static IReadOnlyList<Uncertain> With(IReadOnlyList<double?> values, IReadOnlyList<double?> errors) =>
        [.. values.Select((value, k) => new Uncertain(value, Error(errors, k)))];

    private static IReadOnlyList<Uncertain> Marginal(RunTerms run) => [.. run.LossByOrder.Select((loss, order) => new Uncertain(
        Before(run, order) - loss, Together(order == 0 ? 0 : Error(run.LossErrors, order - 1), Error(run.LossErrors, order))))];

    private static IReadOnlyList<Uncertain> Shares(RunTerms run)
    {
        var last = run.LossByOrder.Count - 1;
        return run.UniformLoss - run.LossByOrder[last] is > 0 and var whole
            ? [.. run.LossByOrder.Select((loss, order) => Share((Before(run, order) - loss) / whole, order, whole))]
            : new Uncertain[run.LossByOrder.Count];

        // (L_(k-1) - L_k) / (ln V - L_L), by the three losses in it; the last share has L_L on both sides.
        Uncertain Share(double? share, int order, double whole) => new(share, Together(
            order == 0 ? 0 : Error(run.LossErrors, order - 1),
            order == last ? 0 : Error(run.LossErrors, order),
            (order == last ? share - 1 : share) * Error(run.LossErrors, last)) / whole);
    }

    private static double? Before(RunTerms run, int order) => order == 0 ? run.UniformLoss : run.LossByOrder[order - 1];

    private static double? Error(IReadOnlyList<double?> errors, int k) => k < errors.Count ? errors[k] : null;

    private static double? Together(params ReadOnlySpan<double?> errors)
    {
        double? sum = 0;
        foreach (var error in errors)
        {
            sum += error * error;
        }
        return sum is { } whole ? Math.Sqrt(whole) : null;
    }

    // Runs of one group can have different depths where somebody groups by another axis: entry k is over those that have it.
    private static IReadOnlyList<MeanEstimate> Each(IReadOnlyList<RunTerms> runs, Func<RunTerms, IReadOnlyList<Uncertain>> read, MetricRange? range = null)
    {
        var lists = runs.Select(read).ToArray();
        return [.. Enumerable.Range(0, lists.Max(list => list.Count)).Select(k =>
        {
            Uncertain[] defined = [.. lists.Where(list => list.Count > k).Select(list => list[k]).Where(entry => entry.Value is not null)];
            return Means.Estimate(defined.Select(entry => entry.Value).Defined(), defined.Select(entry => entry.Error).Defined(), range);
        })];
    }
}
