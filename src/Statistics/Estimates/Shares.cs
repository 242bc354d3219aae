using Orchestrator.Contracts.Api;

namespace Orchestrator.Statistics.Estimates;

/// <summary>Shares of runs.</summary>
public static class Shares
{
    /// <summary>The 0.975 quantile of the standard normal distribution.</summary>
    internal const double Z = 1.959963984540054;

    /// <summary><paramref name="hits"/> of <paramref name="n"/> with the 95% Wilson score interval (Wilson 1927), which stays inside 0..1 and is not empty at 0 or n hits.</summary>
    public static ShareEstimate Wilson(int hits, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, n);
        if (n == 0)
        {
            return new ShareEstimate(null, null, null, 0);
        }
        var share = (double)hits / n;
        var shrink = 1 + Z * Z / n;
        var centre = (share + Z * Z / (2 * n)) / shrink;
        var half = Z / shrink * Math.Sqrt(share * (1 - share) / n + Z * Z / (4.0 * n * n));
        // At the ends the bound is the share itself; rounding must not put it a bit outside.
        return new ShareEstimate(share, hits == 0 ? 0 : centre - half, hits == n ? 1 : centre + half, n);
    }
}
