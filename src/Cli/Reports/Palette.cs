using OxyPlot;

namespace Orchestrator.Cli.Reports;

/// <summary>
/// Colours of groups: Okabe and Ito's, which people with any colour vision tell apart, in the order that is legible on light
/// and on dark ground. Ink is a mark that becomes the colour of the text around the plot.
/// </summary>
internal static class Palette
{
    /// <summary>Text, axes; replaced by <c>currentColor</c>.</summary>
    public static OxyColor Ink { get; } = OxyColor.FromRgb(1, 2, 3);

    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xB2).Lighter(), OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x9E, 0x73), OxyColor.FromRgb(0xCC, 0x79, 0xA7),
        OxyColor.FromRgb(0xE6, 0x9F, 0x00), OxyColor.FromRgb(0x56, 0xB4, 0xE9), OxyColor.FromRgb(0x8A, 0x8A, 0x8A),
    ];

    private static readonly LineStyle[] Styles = [LineStyle.Solid, LineStyle.Dash, LineStyle.Dot, LineStyle.DashDot];

    /// <summary>The colour of group i; line styles change once the colours are used up.</summary>
    public static OxyColor Colour(int group) => Colours[group % Colours.Length];

    public static LineStyle Style(int group) => Styles[group / Colours.Length % Styles.Length];

    // The palette's blue is too dark on a dark page: the same hue, 15% towards white.
    private static OxyColor Lighter(this OxyColor colour) => OxyColor.Interpolate(colour, OxyColors.White, 0.15);
}
