using OxyPlot;

namespace Orchestrator.Reports.Plots;

/// <summary>
/// Colours. Values of an axis that is no number have Okabe and Ito's, which people with any colour vision tell apart; numbers have a ramp from violet
/// to green by way of blue, as viridis goes, without its ends, which vanish on dark or on light ground. The dashboard has the same colours. Ink is a mark that becomes the colour of the text around the plot.
/// </summary>
internal static class Palette
{
    /// <summary>Text, axes; replaced by <c>currentColor</c>.</summary>
    public static OxyColor Ink { get; } = OxyColor.FromRgb(1, 2, 3);

    /// <summary>How many colours of <see cref="Named"/> there are.</summary>
    public static int Count => Colours.Length;

    private static readonly OxyColor[] Colours =
    [
        // Okabe and Ito's blue is too dark on a dark page: the same hue, 15% towards white.
        OxyColor.Interpolate(OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColors.White, 0.15), OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x9E, 0x73), OxyColor.FromRgb(0xCC, 0x79, 0xA7),
        OxyColor.FromRgb(0xE6, 0x9F, 0x00), OxyColor.FromRgb(0x56, 0xB4, 0xE9), OxyColor.FromRgb(0x8A, 0x8A, 0x8A), OxyColor.FromRgb(0xB8, 0xA5, 0x2A),
    ];

    private static readonly OxyColor[] Steps =
    [
        OxyColor.FromRgb(0x6A, 0x51, 0xC9), OxyColor.FromRgb(0x44, 0x72, 0xC4), OxyColor.FromRgb(0x2C, 0x8A, 0xA8), OxyColor.FromRgb(0x21, 0xA0, 0x88), OxyColor.FromRgb(0x45, 0xB2, 0x5C), OxyColor.FromRgb(0x8F, 0xB8, 0x2A),
    ];

    private static readonly LineStyle[] Styles = [LineStyle.Solid, LineStyle.Dash, LineStyle.Dot, LineStyle.DashDot];

    /// <summary>How many kinds of lines there are.</summary>
    public static int StyleCount => Styles.Length;

    /// <summary>The i-th colour of things without an order.</summary>
    public static OxyColor Named(int i) => Colours[i % Colours.Length];

    /// <summary>The colour of a place from 0 to 1.</summary>
    public static OxyColor Ramp(double place)
    {
        var at = place * (Steps.Length - 1);
        return OxyColor.Interpolate(Steps[(int)Math.Floor(at)], Steps[(int)Math.Ceiling(at)], at - Math.Floor(at));
    }

    /// <summary>The i-th kind of line.</summary>
    public static LineStyle Style(int i) => Styles[i % Styles.Length];
}
