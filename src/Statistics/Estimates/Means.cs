using MathNet.Numerics.Distributions;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Statistics.Estimates;

/// <summary>Means over runs.</summary>
public static class Means
{
    /// <summary>
    /// The mean with its 95% t interval, mean ± t(0.975, n - 1) s / sqrt(n). One value per run, undefined ones left out.
    /// Null bounds at n = 1, all null at n = 0. The same values in any order give the same bits.
    /// </summary>
    /// <param name="values">One of each run.</param>
    /// <param name="errors">
    /// Standard errors of those values from data that all runs share: it does not shrink with more runs, so that 1.96 times its root mean
    /// square joins the half-width in quadrature (math.md 8.3).
    /// </param>
    public static MeanEstimate Estimate(IEnumerable<double> values, IEnumerable<double>? errors = null)
    {
        var sorted = OrderedSums.Sorted(values, nameof(values));
        var n = sorted.Length;
        if (n == 0)
        {
            return new MeanEstimate(null, null, null, 0);
        }
        var mean = OrderedSums.Sum(sorted) / n;
        if (n == 1)
        {
            return new MeanEstimate(mean, null, null, 1);
        }
        var variance = OrderedSums.Sum(sorted.Select(value => (value - mean) * (value - mean))) / (n - 1);
        var half = StudentT.InvCDF(0, 1, n - 1, 0.975) * Math.Sqrt(variance / n);
        var shared = OrderedSums.Sorted(errors ?? [], nameof(errors));
        if (shared.Length > 0)
        {
            half = Math.Sqrt(half * half + Normal.InvCDF(0, 1, 0.975) * Normal.InvCDF(0, 1, 0.975) * OrderedSums.Sum(shared.Select(error => error * error)) / shared.Length);
        }
        return new MeanEstimate(mean, mean - half, mean + half, n);
    }
}
