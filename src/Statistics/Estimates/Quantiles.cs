using MathNet.Numerics.Distributions;

namespace Orchestrator.Statistics.Estimates;

/// <summary>Quantiles by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the default of R and NumPy).</summary>
public static class Quantiles
{
    /// <summary>The quantile at <paramref name="p"/> in 0..1, or null if there are no values.</summary>
    public static double? Type7(IEnumerable<double> values, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        var sorted = OrderedSums.Sorted(values, nameof(values));
        return sorted.Length == 0 ? null : OfSorted(sorted, p);
    }

    internal static double OfSorted(double[] sorted, double p)
    {
        var at = p * (sorted.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>
    /// The largest k for which the k-th smallest and the k-th largest of n values are a 95% interval of the median: P(Binomial(n, 1/2) &lt; k) ≤ 0.025. 0 if
    /// there is none (n below 6).
    /// </summary>
    public static int MedianRank(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var rank = 0;
        while (rank < n && Binomial.CDF(0.5, n, rank) <= 0.025)
        {
            rank++;
        }
        return rank;
    }
}
