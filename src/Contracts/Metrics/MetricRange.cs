using System.Globalization;

namespace Orchestrator.Contracts.Metrics;

/// <summary>The values that a metric can have, bounds included; up to rounding.</summary>
public readonly record struct MetricRange(double Low, double High)
{
    /// <summary>Any number.</summary>
    public static MetricRange Any { get; } = new(double.NegativeInfinity, double.PositiveInfinity);
    /// <summary>Sizes, losses and counts.</summary>
    public static MetricRange NotNegative { get; } = new(0, double.PositiveInfinity);
    /// <summary>Shares of attention, of runs, of a dimension.</summary>
    public static MetricRange Share { get; } = new(0, 1);
    /// <summary>Scores with a sign.</summary>
    public static MetricRange Score { get; } = new(-1, 1);

    /// <summary>For people: "0 to 1", "from 0", or nothing if every number is in it.</summary>
    public override string ToString() => (double.IsFinite(Low), double.IsFinite(High)) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $"{Low} to {High}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $"from {Low}"),
        _ => "",
    };
}
