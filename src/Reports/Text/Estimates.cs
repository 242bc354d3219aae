using Orchestrator.Contracts.Api;

namespace Orchestrator.Reports.Text;

/// <summary>An estimate as a cell: the value, its 95% interval below, and n if it is not the number one would expect.</summary>
public static class Estimates
{
    /// <summary>A mean. A t interval is symmetric and reads as <c>±</c>.</summary>
    public static string Cell(this MeanEstimate estimate, int expected) =>
        Cell(Format.Score(estimate.Mean), Interval(estimate), estimate.N, expected);

    /// <summary>A share with its Wilson interval.</summary>
    public static string Cell(this ShareEstimate estimate, int expected) =>
        Cell(Format.Percent(estimate.Value), Range(estimate.Low * 100, estimate.High * 100, "%"), estimate.N, expected);

    /// <summary>A median step; an open upper bound was not reached.</summary>
    public static string Cell(this MedianEstimate estimate, int expected) =>
        Cell(Format.Whole(estimate.Median), Range(estimate.Low, estimate.High, ""), estimate.N, expected);

    private static string? Interval(MeanEstimate estimate) => estimate switch
    {
        { Mean: { } mean, Low: { } low, High: { } high } when Math.Abs(mean - low - (high - mean)) < 1e-6 * (1 + Math.Abs(mean)) => "±" + Format.Score(high - mean),
        { Low: { } low, High: { } high } => $"[{Format.Score(low)}, {Format.Score(high)}]",
        _ => null,
    };

    // Of whole numbers from 0 up, so that a dash cannot be taken for a sign.
    private static string? Range(double? low, double? high, string unit) => (low, high) switch
    {
        ({ } from, { } to) => $"[{Format.Whole(from)}–{Format.Whole(to)}{unit}]",
        ({ } from, null) => $"[≥{Format.Whole(from)}{unit}]",
        (null, { } to) => $"[≤{Format.Whole(to)}{unit}]",
        _ => null,
    };

    private static string Cell(string value, string? interval, int n, int expected) =>
        string.Join('\n', new[] { value, interval, n == expected || n == 0 ? null : $"n={n}" }.Where(line => line is not null));
}
