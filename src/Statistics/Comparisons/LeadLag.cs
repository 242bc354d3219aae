using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Comparisons;

/// <summary>Which of two events comes first within the same runs.</summary>
/// <param name="Difference">Mean of second minus first, with its 95% t interval: positive if the first leads.</param>
/// <param name="Leads">Share of runs in which the first comes strictly first: P(X &lt; Y) within a run, Wilson 95%.</param>
/// <param name="Ties">Runs in which both fall on the same time; they are among n.</param>
/// <param name="SignTestP">Two-sided exact sign test over runs without a tie; null if all are tied. Cannot go below 2 / 2^n.</param>
public sealed record LeadLagEstimate(MeanEstimate Difference, ShareEstimate Leads, int Ties, double? SignTestP);

/// <summary>Paired comparison of two times: a run's own speed cancels (math.md 8.2).</summary>
public static class LeadLag
{
    /// <summary>Compares pairs from runs in which both events were seen; count the others beside the result.</summary>
    public static LeadLagEstimate Paired(IEnumerable<(double First, double Second)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        double[] differences = [.. pairs.Select(pair => pair.Second - pair.First)];
        var (leads, lags) = (differences.Count(d => d > 0), differences.Count(d => d < 0));
        return new LeadLagEstimate(
            Means.Estimate(differences),
            Shares.Wilson(leads, differences.Length),
            differences.Length - leads - lags,
            leads + lags == 0 ? null : SignTest(Math.Min(leads, lags), leads + lags));
    }

    private static double SignTest(int fewer, int n) =>
        Math.Min(1, 2 * MathNet.Numerics.Distributions.Binomial.CDF(0.5, n, fewer));
}
