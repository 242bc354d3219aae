using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>The share of runs with an induction head against the score that makes one, so that nobody has to believe in one threshold (math.md 8.3).</summary>
internal static class ThresholdCurve
{
    private const int Points = 19;

    /// <summary>From 0.05 to 0.95.</summary>
    /// <param name="counts">Of each run with heads the number of induction heads at each threshold (<see cref="Counts"/>).</param>
    public static IReadOnlyList<ThresholdPoint> Of(IReadOnlyCollection<int[]> counts) => counts.Count == 0 ? [] :
    [
        .. Enumerable.Range(0, Points).Select(point => new ThresholdPoint(
            Threshold(point), Shares.Wilson(counts.Count(run => run[point] > 0), counts.Count), Means.Estimate(counts.Select(run => (double)run[point]), range: MetricRange.NotNegative))),
    ];

    /// <summary>One run's counts; null if it has no head with a score.</summary>
    public static int[]? Counts(MetricVector vector)
    {
        if (vector.Max("heads", "prefix_matching") is null)
        {
            return null;
        }
        double[] scores = [.. Enumerable.Range(0, vector.Layout.Find("heads")!.Rows).Where(head => vector.IsInductionHead(head, 0)).Select(head => vector.Get("heads", head, "prefix_matching")!.Value)];
        return [.. Enumerable.Range(0, Points).Select(point => scores.Count(score => score >= Threshold(point)))];
    }

    private static double Threshold(int point) => Math.Round(0.05 * (point + 1), 2);
}
