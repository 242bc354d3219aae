using MathNet.Numerics.Distributions;
using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Comparisons;

/// <summary>Two conditions of the same seeds: what the seed does to both cancels (math.md 8.3).</summary>
public static class PairedDifferences
{
    /// <summary>Fewer pairs than these support no claim: the spread of two differences is itself a matter of luck.</summary>
    public const int FewestPairs = 3;

    /// <summary>
    /// The mean of the differences with its t interval, and the two-sided p-value of the paired t test: the level at which the interval ends at zero. That is null with fewer
    /// than <see cref="FewestPairs"/> pairs, or where all are the same and nothing is uncertain.
    /// </summary>
    /// <param name="differences">One of each pair.</param>
    /// <param name="errors">
    /// Standard errors of those differences from data that all runs share: they join the interval in quadrature, as in <see cref="Means.Estimate"/>, and the test.
    /// </param>
    public static (MeanEstimate Difference, double? P) Test(IEnumerable<double> differences, IEnumerable<double>? errors = null)
    {
        double[] all = [.. differences];
        double[] shared = [.. errors ?? []];
        var estimate = Means.Estimate(all, shared);
        if (all.Length < FewestPairs || estimate is not { Mean: { } mean, High: { } high } || high == mean)
        {
            return (estimate, null);
        }
        var seeds = Means.Estimate(all) is { High: { } end } ? (end - mean) / StudentT.InvCDF(0, 1, all.Length - 1, 0.975) : 0;
        var luck = shared.Length == 0 ? 0 : Math.Sqrt(OrderedSums.Sum(OrderedSums.Sorted(shared.Select(error => error * error), nameof(errors))) / shared.Length);
        return (estimate, luck == 0 ? 2 * StudentT.CDF(0, 1, all.Length - 1, -Math.Abs(mean) / seeds) : Level(Math.Abs(mean), seeds, luck, all.Length - 1));
    }

    /// <summary>The p at which the interval of that level, t seeds and z luck in quadrature, just reaches zero: it widens as p falls.</summary>
    private static double Level(double mean, double seeds, double luck, int freedom)
    {
        var (wide, narrow) = (0.0, 1.0);
        for (var i = 0; i < 100; i++)
        {
            var p = (wide + narrow) / 2;
            var (t, z) = (StudentT.InvCDF(0, 1, freedom, 1 - p / 2) * seeds, Normal.InvCDF(0, 1, 1 - p / 2) * luck);
            (wide, narrow) = t * t + z * z > mean * mean ? (p, narrow) : (wide, p);
        }
        return narrow;
    }
}
