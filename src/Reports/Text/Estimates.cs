using Orchestrator.Contracts.Api;

namespace Orchestrator.Reports.Text;

/// <summary>An estimate as a cell: the value, its 95% interval below, and n if it is not the number one would expect.</summary>
public static class Estimates
{
    /// <summary>A mean. A t interval is symmetric and reads as <c>±</c>.</summary>
    public static string Cell(this MeanEstimate estimate, int expected) =>
        Cell(estimate.Mean is { } mean ? Format.Decimals(mean, Digits(estimate).Decimals) : Format.Nothing, Interval(estimate), estimate.N, expected);

    /// <summary>A share with its Wilson interval.</summary>
    public static string Cell(this ShareEstimate estimate, int expected) =>
        Cell(Format.Percent(estimate.Value), Range(estimate.Low * 100, estimate.High * 100, "%"), estimate.N, expected);

    /// <summary>A median step; an open upper bound was not reached.</summary>
    public static string Cell(this MedianEstimate estimate, int expected) =>
        Cell(Format.Whole(estimate.Median), Range(estimate.Low, estimate.High, ""), estimate.N, expected);

    /// <summary>Whether the mean is in the middle of its interval, but for rounding.</summary>
    internal static bool IsSymmetric(this MeanEstimate estimate) => estimate is { Mean: { } mean, Low: { } low, High: { } high }
        && Math.Abs(mean - low - (high - mean)) <= 1e-6 * Math.Max(high - low, 1e-6 * (1 + Math.Abs(mean)));

    /// <summary>Half the interval, and the decimals that it takes to see it.</summary>
    internal static (string Text, int Decimals) Digits(this MeanEstimate estimate, int decimals = 3) =>
        estimate is { Low: { } low, High: { } high } ? Format.HalfWidth((high - low) / 2, decimals) : ("", decimals);

    private static string? Interval(MeanEstimate estimate)
    {
        var (half, decimals) = Digits(estimate);
        return estimate is not { Low: { } low, High: { } high } ? null : IsSymmetric(estimate) ? "±" + half : $"[{Format.Decimals(low, decimals)}, {Format.Decimals(high, decimals)}]";
    }

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
