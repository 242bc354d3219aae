namespace Orchestrator.Contracts;

/// <summary>Bounds of the buckets of every histogram of durations: 100 µs to 100 s in steps of 1, 2 and 5, so that a quantile is right within a factor of 2.5.</summary>
public static class DurationBuckets
{
    /// <summary>The bounds, seconds, ascending.</summary>
    public static IReadOnlyList<double> Seconds { get; } =
        [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
}
