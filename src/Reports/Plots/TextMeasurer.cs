using OxyPlot;

namespace Orchestrator.Reports.Plots;

/// <summary>
/// Sizes of texts for the layout of a plot. The viewer's font is not known here: this assumes a wide one, so that nothing
/// overlaps or is cut off with any.
/// </summary>
internal sealed class TextMeasurer() : PdfRenderContext(1, 1, OxyColors.Transparent)
{
    private const double WidthOfCharacter = 0.6; // of the font size; DejaVu Sans' mean over words of our plots, the widest of the usual ones
    private const double HeightOfLine = 1.35;

    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        var lines = (text ?? "").Split('\n');
        return new OxySize(lines.Max(line => WidthOf(line, fontSize)), lines.Length * fontSize * HeightOfLine);
    }

    /// <summary>The width of a line.</summary>
    public static double WidthOf(string line, double fontSize) => line.Length * fontSize * WidthOfCharacter;
}
