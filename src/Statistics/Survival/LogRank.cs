using MathNet.Numerics.Distributions;

namespace Orchestrator.Statistics.Survival;

/// <summary>A log-rank comparison of two groups.</summary>
/// <param name="ChiSquared">The statistic, 1 degree of freedom.</param>
/// <param name="P">Two-sided p-value.</param>
/// <param name="Observed">Events in the first group.</param>
/// <param name="Expected">Events expected there if both groups were alike.</param>
public readonly record struct LogRankResult(double ChiSquared, double P, int Observed, double Expected);

/// <summary>Whether two groups of runs reach an event at different times (Mantel 1966).</summary>
public static class LogRank
{
    /// <summary>The test; null if no time has an event with both groups at risk.</summary>
    public static LogRankResult? Test(IEnumerable<Observation> first, IEnumerable<Observation> second)
    {
        Observation[] a = [.. first.OrderBy(observation => observation.Time)];
        var gone = 0;
        var observed = a.Count(observation => observation.Observed);
        var (expected, variance) = (0.0, 0.0);
        foreach (var (time, atRisk, events) in RiskSet.Of([.. a, .. second]))
        {
            while (gone < a.Length && a[gone].Time < time)
            {
                gone++;
            }
            var mine = a.Length - gone;
            expected += (double)events * mine / atRisk;
            if (atRisk > 1)
            {
                variance += (double)mine * (atRisk - mine) * events * (atRisk - events) / ((double)atRisk * atRisk * (atRisk - 1));
            }
        }
        if (variance <= 0)
        {
            return null;
        }
        var chiSquared = (observed - expected) * (observed - expected) / variance;
        return new LogRankResult(chiSquared, 2 * Normal.CDF(0, 1, -Math.Sqrt(chiSquared)), observed, expected);
    }
}
