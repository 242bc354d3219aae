using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Sweeps;
using Orchestrator.Statistics.Comparisons;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Results.Findings;

/// <summary>What the circuits of a group of runs have in common.</summary>
internal static class CircuitSummaries
{
    /// <summary>Over runs with an induction head and a layer before it; null if there is none.</summary>
    /// <param name="runs">The circuit of each run at its last snapshot, and its <see cref="RankCorrelation"/>.</param>
    public static CircuitFindings? Summarize(IEnumerable<(RunCircuit Circuit, double? RankCorrelation)> runs)
    {
        var formed = runs.Where(run => run.Circuit is { IsInduction: true, PreviousHead: not null }).ToArray();
        if (formed.Length == 0)
        {
            return null;
        }
        RunCircuit[] circuits = [.. formed.Select(run => run.Circuit)];
        bool[] agree = [.. circuits.Select(circuit => circuit.PreviousIsStrongestK).OfType<bool>()];
        return new CircuitFindings(
            circuits.Length,
            Shares.Wilson(agree.Count(same => same), agree.Length),
            Mean(circuit => circuit.KZ), Mean(circuit => circuit.KExcess), Mean(circuit => circuit.QkEigenScore, MetricRange.Score), Mean(circuit => circuit.OvCopying, MetricRange.Score),
            circuits.Count(circuit => circuit.FormedFirst == "previous_token"), circuits.Count(circuit => circuit.FormedFirst == "together"), circuits.Count(circuit => circuit.FormedFirst == "induction"),
            LeadLag.Paired(circuits.Where(circuit => circuit is { InductionBy: not null, PreviousBy: not null }).Select(circuit =>
                (Middle(circuit.PreviousAfter, circuit.PreviousBy!.Value), Middle(circuit.InductionAfter, circuit.InductionBy!.Value)))).Difference,
            Means.Estimate(formed.Select(run => run.RankCorrelation).Defined(), range: MetricRange.Score));

        MeanEstimate Mean(Func<RunCircuit, double?> read, MetricRange? range = null) => Means.Estimate(circuits.Select(read).Defined(), range: range);
    }

    /// <summary>Whether heads that read more from earlier heads through their keys match prefixes more: Spearman over the heads of later layers of one snapshot; null where it is not defined.</summary>
    public static double? RankCorrelation(MetricVector vector)
    {
        var heads = Enumerable.Range(0, vector.Layout.Find("heads")?.Rows ?? 0)
            .Select(head => (Excess: vector.Get("heads", head, "k_excess_max"), Prefix: vector.Get("heads", head, "prefix_matching")))
            .Where(head => head is { Excess: not null, Prefix: not null }).ToArray();
        return Spearman.Correlation([.. heads.Select(head => head.Excess!.Value)], [.. heads.Select(head => head.Prefix!.Value)]);
    }

    private static double Middle(int? after, int by) => after is { } before ? (before + by) / 2.0 : by;
}
