using System.Net;
using OxyPlot;

namespace Orchestrator.Cli.Reports;

/// <summary>A drawn plot as SVG that takes the colour of the text around it, so that it reads on light and on dark pages.</summary>
/// <param name="model">What to draw.</param>
/// <param name="name">Sets its ids apart from those of other plots on the same page.</param>
/// <param name="description">What it shows, for those who cannot see it.</param>
internal sealed class Plot(PlotModel model, string name, string description)
{
    private const double Width = 760;
    private const double Height = 360;

    /// <summary>What it shows.</summary>
    public string Description { get; } = description;

    /// <summary>An element for a page; the page's <c>color</c> is the ink.</summary>
    public string ToInlineSvg() => Render("");

    /// <summary>A file of its own: the viewer's preference for light or dark decides on ink and ground.</summary>
    public string ToStandaloneSvg() => Render("<style>svg{color:#1f2328;background:#fff}@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}}</style>");

    private string Render(string style)
    {
        var exporter = new SvgExporter { Width = Width, Height = Height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new TextMeasurer() };
        var svg = exporter.ExportToString(model);
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        var ink = $"rgb({Palette.Ink.R},{Palette.Ink.G},{Palette.Ink.B})";
        svg = svg.Replace(ink, "currentColor", StringComparison.Ordinal)
            .Replace("#010203", "currentColor", StringComparison.OrdinalIgnoreCase)
            .Replace("clipPath", name + "-clip", StringComparison.Ordinal)
            .Replace("Helvetica", "system-ui, Helvetica, Arial, sans-serif", StringComparison.Ordinal);
        var opening = svg.IndexOf('>', StringComparison.Ordinal);
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Description)}\">"
            + $"<title>{WebUtility.HtmlEncode(Description)}</title>{style}{svg[(opening + 1)..]}";
    }
}
