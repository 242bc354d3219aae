using MathNet.Numerics.Distributions;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Statistics.Estimates;

/// <summary>Means over runs with 95% intervals (math.md 8.3). The same values in any order give the same bits.</summary>
public static class Means
{
    private static readonly double Normal975 = Normal.InvCDF(0, 1, 0.975);

    /// <summary>
    /// The mean of one value of each run with its t interval, mean ± t(0.975, n - 1) s / sqrt(n), undefined values left out.
    /// Null bounds at n = 1, all null at n = 0.
    /// </summary>
    /// <param name="values">One of each run.</param>
    /// <param name="errors">
    /// Standard errors of those values from data that all runs share: it does not shrink with more runs, so that 1.96 times its root mean
    /// square joins the half-width in quadrature.
    /// </param>
    /// <param name="range">The values that there can be: an interval that would leave them is taken on the logit scale.</param>
    public static MeanEstimate Estimate(IEnumerable<double> values, IEnumerable<double>? errors = null, MetricRange? range = null)
    {
        var sorted = OrderedSums.Sorted(values, nameof(values));
        var n = sorted.Length;
        if (n == 0)
        {
            return new MeanEstimate(null, null, null, 0);
        }
        var mean = OrderedSums.Sum(sorted) / n;
        return Around(mean, [.. sorted.Select(value => value - mean)], errors, range);
    }

    /// <summary>
    /// The mean of all values of all runs (of their heads, say), which depend on each other within a run: the ratio R of sums over
    /// runs, with the t interval of its linearised residuals (x_i - R m_i) / mean(m), where run i has m_i values of sum x_i. With as many values in each
    /// run it is the interval over the runs' own means. n counts runs that have a value.
    /// </summary>
    /// <param name="runs">The values of each run.</param>
    /// <param name="errors">As in <see cref="Estimate"/>, one of each value.</param>
    /// <param name="range">As in <see cref="Estimate"/>.</param>
    public static MeanEstimate Pooled(IEnumerable<IReadOnlyCollection<double>> runs, IEnumerable<double>? errors = null, MetricRange? range = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var sums = runs.Where(run => run.Count > 0).Select(run => (Sum: OrderedSums.Sum(OrderedSums.Sorted(run, nameof(runs))), run.Count)).ToArray();
        if (sums.Length == 0)
        {
            return new MeanEstimate(null, null, null, 0);
        }
        var count = (double)sums.Sum(run => run.Count);
        var ratio = OrderedSums.Sum(OrderedSums.Sorted(sums.Select(run => run.Sum), nameof(runs))) / count;
        var each = count / sums.Length;
        return Around(ratio, OrderedSums.Sorted(sums.Select(run => (run.Sum - ratio * run.Count) / each), nameof(runs)), errors, range);
    }

    /// <summary>What standard errors from shared data add to the square of a mean's own; 0 where there are none.</summary>
    internal static double MeanSquare(IEnumerable<double>? errors)
    {
        var shared = OrderedSums.Sorted(errors ?? [], nameof(errors));
        return shared.Length == 0 ? 0 : OrderedSums.Sum(shared.Select(error => error * error)) / shared.Length;
    }

    private static MeanEstimate Around(double mean, double[] residuals, IEnumerable<double>? errors, MetricRange? range)
    {
        var n = residuals.Length;
        if (n == 1)
        {
            return new MeanEstimate(mean, null, null, 1);
        }
        var variance = OrderedSums.Sum(residuals.Select(residual => residual * residual)) / (n - 1);
        var half = StudentT.InvCDF(0, 1, n - 1, 0.975) * Math.Sqrt(variance / n);
        var luck = MeanSquare(errors);
        if (luck > 0)
        {
            half = Math.Sqrt(half * half + Normal975 * Normal975 * luck);
        }
        var (low, high) = Within(range ?? MetricRange.Any, mean, half);
        return new MeanEstimate(mean, low, high, n);
    }

    /// <summary>Where a bound would leave the range, logit(p) ± half / (p (1 - p)) of the mean's place p in it, transformed back; beside half a line, cut at its end.</summary>
    private static (double Low, double High) Within(MetricRange range, double mean, double half)
    {
        if (mean - half >= range.Low && mean + half <= range.High || half == 0)
        {
            return (mean - half, mean + half);
        }
        var width = range.High - range.Low;
        var place = (mean - range.Low) / width;
        if (!double.IsFinite(width) || place is <= 0 or >= 1)
        {
            return (Math.Max(mean - half, range.Low), Math.Min(mean + half, range.High));
        }
        var (logit, spread) = (Math.Log(place / (1 - place)), half / width / (place * (1 - place)));
        return (Back(logit - spread), Back(logit + spread));

        double Back(double x) => range.Low + width / (1 + Math.Exp(-x));
    }
}
