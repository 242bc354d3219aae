using MathNet.Numerics.Distributions;
using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Comparisons;

/// <summary>Two conditions of the same seeds: what the seed does to both cancels (math.md 8.3).</summary>
public static class PairedDifferences
{
    /// <summary>The mean of the differences with its t interval, and the two-sided p-value of the paired t test; that is null with fewer than two pairs, or where all are the same.</summary>
    public static (MeanEstimate Difference, double? P) Test(IEnumerable<double> differences)
    {
        double[] all = [.. differences];
        var estimate = Means.Estimate(all);
        if (estimate is not { Mean: { } mean, High: { } high } || high == mean)
        {
            return (estimate, null);
        }
        var error = (high - mean) / StudentT.InvCDF(0, 1, all.Length - 1, 0.975);
        return (estimate, 2 * StudentT.CDF(0, 1, all.Length - 1, -Math.Abs(mean) / error));
    }
}
