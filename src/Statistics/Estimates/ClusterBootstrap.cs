using MathNet.Numerics.Random;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Statistics.Estimates;

/// <summary>All values of one run (of its heads, say), which are dependent and are kept together.</summary>
/// <param name="Run">The run's number in its sweep; decides the order, whatever the order of arrival.</param>
/// <param name="Values">Its values, in an order of their own that does not depend on arrival (heads layer by layer).</param>
public sealed record RunValues(int Run, IReadOnlyList<double> Values);

/// <summary>Intervals for statistics over heads: runs are drawn with replacement, each with all of its heads (math.md 8.3).</summary>
public static class ClusterBootstrap
{
    /// <summary>Fewest resamples that are worth an interval.</summary>
    public const int FewestResamples = 2_000;

    /// <summary>The mean over all values of all runs with its 95% percentile interval; n counts runs that have a value.</summary>
    public static MeanEstimate Mean(IEnumerable<RunValues> runs, ulong seed, int resamples = FewestResamples) =>
        Estimate(runs, values => OrderedSums.Sum(values) / values.Count, seed, resamples);

    /// <summary>
    /// Any statistic of the pooled values with its 95% percentile interval. Null bounds with fewer than two runs. Seeded: the
    /// same runs in any order give the same bits.
    /// </summary>
    public static MeanEstimate Estimate(IEnumerable<RunValues> runs, Func<IReadOnlyList<double>, double> statistic, ulong seed, int resamples = FewestResamples)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(statistic);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, FewestResamples);
        RunValues[] clusters = [.. runs.Where(run => run.Values.Count > 0).OrderBy(run => run.Run)];
        if (clusters.Zip(clusters.Skip(1)).FirstOrDefault(pair => pair.First.Run == pair.Second.Run) is ({ } twice, _))
        {
            throw new ArgumentException($"run {twice.Run} is given twice: a run is one cluster", nameof(runs));
        }
        if (clusters.Length == 0)
        {
            return new MeanEstimate(null, null, null, 0);
        }
        var pooled = new List<double>(clusters.Sum(run => run.Values.Count));
        var estimate = Of(clusters, pooled, statistic);
        if (clusters.Length == 1)
        {
            return new MeanEstimate(estimate, null, null, 1);
        }
        var random = new Xoshiro256StarStar(unchecked((int)(seed ^ (seed >> 32))), threadSafe: false);
        var drawn = new RunValues[clusters.Length];
        var replicates = new double[resamples];
        for (var b = 0; b < resamples; b++)
        {
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = clusters[random.Next(clusters.Length)];
            }
            replicates[b] = Of(drawn, pooled, statistic);
        }
        Array.Sort(replicates);
        return new MeanEstimate(estimate, Quantiles.OfSorted(replicates, 0.025), Quantiles.OfSorted(replicates, 0.975), clusters.Length);
    }

    private static double Of(RunValues[] clusters, List<double> pooled, Func<IReadOnlyList<double>, double> statistic)
    {
        pooled.Clear();
        foreach (var cluster in clusters)
        {
            pooled.AddRange(cluster.Values);
        }
        return statistic(pooled);
    }
}
