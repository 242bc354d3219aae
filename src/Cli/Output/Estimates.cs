using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Output;

/// <summary>An estimate as a cell: the value, its 95% interval below, and n where it is not the number one would expect.</summary>
internal static class Estimates
{
    /// <summary>A mean. A t interval is symmetric and reads as <c>±</c>.</summary>
    public static string Cell(this MeanEstimate estimate, int expected) =>
        Cell(Format.Score(estimate.Mean), Interval(estimate), estimate.N, expected);

    /// <summary>A share with its Wilson interval.</summary>
    public static string Cell(this ShareEstimate estimate, int expected) =>
        Cell(Format.Percent(estimate.Value), Bounds(Format.Percent(estimate.Low), Format.Percent(estimate.High), estimate.Low ?? estimate.High), estimate.N, expected);

    /// <summary>A median step; an open upper bound was not reached.</summary>
    public static string Cell(this MedianEstimate estimate, int expected) =>
        Cell(Format.Whole(estimate.Median), Bounds(Format.Whole(estimate.Low), Format.Whole(estimate.High), estimate.Low ?? estimate.High), estimate.N, expected);

    private static string? Interval(MeanEstimate estimate) => estimate switch
    {
        { Mean: { } mean, Low: { } low, High: { } high } when Math.Abs(mean - low - (high - mean)) < 1e-6 * (1 + Math.Abs(mean)) => "±" + Format.Score(high - mean),
        { Low: { } low, High: { } high } => $"[{Format.Score(low)}, {Format.Score(high)}]",
        _ => null,
    };

    private static string? Bounds(string low, string high, double? any) => any is null ? null : $"[{low}, {high}]";

    private static string Cell(string value, string? interval, int n, int expected) =>
        string.Join('\n', new[] { value, interval, n == expected || n == 0 ? null : $"n={n}" }.Where(line => line is not null));
}
