using System.Globalization;

namespace Orchestrator.Specification.Sections;

/// <summary>Which numbers a setting allows.</summary>
internal readonly record struct Interval(double Low, double High, bool LowOpen = false, bool HighOpen = false)
{
    public static Interval Positive { get; } = new(0, double.MaxValue, LowOpen: true);
    public static Interval NotNegative { get; } = new(0, double.MaxValue);
    public static Interval Share { get; } = new(0, 1);
    public static Interval ShareBelowOne { get; } = new(0, 1, HighOpen: true);
    public static Interval InsideShare { get; } = new(0, 1, LowOpen: true, HighOpen: true);
    public static Interval PositiveShare { get; } = new(0, 1, LowOpen: true);

    public bool Contains(double value) =>
        (LowOpen ? value > Low : value >= Low) && (HighOpen ? value < High : value <= High);

    public override string ToString() => (LowOpen, HighOpen, High) switch
    {
        (true, _, double.MaxValue) => $"above {Text(Low)}",
        (false, _, double.MaxValue) => $"of {Text(Low)} or more",
        (false, false, _) => $"from {Text(Low)} to {Text(High)}",
        (false, true, _) => $"from {Text(Low)} to below {Text(High)}",
        (true, true, _) => $"above {Text(Low)} and below {Text(High)}",
        (true, false, _) => $"above {Text(Low)} and up to {Text(High)}",
    };

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
