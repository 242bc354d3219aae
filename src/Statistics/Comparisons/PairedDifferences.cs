using MathNet.Numerics.Distributions;
using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Comparisons;

/// <summary>Two conditions of the same seeds: what the seed does to both cancels (math.md 8.3).</summary>
public static class PairedDifferences
{
    private const int Halvings = 60; // more than a double has digits for

    /// <summary>
    /// The mean of the differences with its t interval, and the two-sided p-value of the paired t test: the level at which the interval ends at zero. That is null with fewer
    /// than <see cref="GroupComparison.FewestPairs"/> pairs, or where all are the same and nothing is uncertain.
    /// </summary>
    /// <param name="differences">One of each pair.</param>
    /// <param name="errors">
    /// Standard errors of those differences from data that all runs share: they join the interval in quadrature, as in <see cref="Means.Estimate"/>, and the test.
    /// </param>
    public static (MeanEstimate Difference, double? P) Test(IEnumerable<double> differences, IEnumerable<double>? errors = null)
    {
        double[] all = [.. differences];
        double[] shared = [.. errors ?? []];
        var alone = Means.Estimate(all);
        var estimate = shared.Length == 0 ? alone : Means.Estimate(all, shared);
        if (all.Length < GroupComparison.FewestPairs || estimate is not { Mean: { } mean, High: { } high } || high == mean)
        {
            return (estimate, null);
        }
        var freedom = all.Length - 1;
        return (estimate, Level(Math.Abs(mean), (alone.High!.Value - mean) / StudentT.InvCDF(0, 1, freedom, 0.975), Math.Sqrt(Means.MeanSquare(shared)), freedom));
    }

    /// <summary>The p at which the interval of that level, t <paramref name="seeds"/> and z <paramref name="luck"/> in quadrature, just reaches zero.</summary>
    private static double Level(double mean, double seeds, double luck, int freedom)
    {
        if (seeds == 0)
        {
            return 2 * Normal.CDF(0, 1, -mean / luck);
        }
        // It widens with t, and luck only brings zero nearer.
        var (near, far) = (luck == 0 ? mean / seeds : 0, mean / seeds);
        for (var i = 0; i < Halvings && near < far; i++)
        {
            var t = (near + far) / 2;
            var z = Normal.InvCDF(0, 1, StudentT.CDF(0, 1, freedom, -t));
            (near, far) = t * t * seeds * seeds + z * z * luck * luck < mean * mean ? (t, far) : (near, t);
        }
        return 2 * StudentT.CDF(0, 1, freedom, -far);
    }
}
