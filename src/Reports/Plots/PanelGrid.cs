using System.Globalization;
using System.Net;
using System.Text;
using OxyPlot;

namespace Orchestrator.Reports.Plots;

/// <summary>A panel of a plot.</summary>
/// <param name="Model">What to draw.</param>
/// <param name="Width">Its width.</param>
/// <param name="Title">What stands above it; empty for nothing.</param>
internal sealed record Panel(PlotModel Model, double Width, string Title);

/// <summary>Panels side by side and below each other, with one legend above them.</summary>
internal static class PanelGrid
{
    /// <summary>The width of every plot.</summary>
    public const double Width = 860;

    private const double FontSize = 12;
    private const double LineHeight = 20;
    private const double Swatch = 22;

    /// <summary>Draws panels in rows that fill the width.</summary>
    public static Plot Draw(string name, string description, IReadOnlyList<LegendEntry> legend, IReadOnlyList<Panel> panels, double panelHeight)
    {
        var body = new StringBuilder();
        var (x, y) = (0.0, Legend(body, legend));
        var titled = panels.Any(panel => panel.Title.Length > 0);
        for (var i = 0; i < panels.Count; i++)
        {
            if (x + panels[i].Width > Width + 0.5)
            {
                (x, y) = (0, y + panelHeight + (titled ? LineHeight : 0));
            }
            if (panels[i].Title.Length > 0)
            {
                Text(body, x + panels[i].Width / 2 + 12, y + LineHeight - 6, panels[i].Title, "middle");
            }
            Place(body, panels[i], x, y + (titled ? LineHeight : 0), panelHeight, $"{name}-{i}");
            x += panels[i].Width;
        }
        return new Plot(name, description, Width, y + panelHeight + (titled ? LineHeight : 0), body.ToString());
    }

    private static void Place(StringBuilder body, Panel panel, double x, double y, double height, string name)
    {
        var exporter = new SvgExporter { Width = panel.Width, Height = height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true, TextMeasurer = new TextMeasurer() };
        var svg = exporter.ExportToString(panel.Model);
        svg = svg[(svg.IndexOf('>', svg.IndexOf("<svg", StringComparison.Ordinal)) + 1)..]
            .Replace($"rgb({Palette.Ink.R},{Palette.Ink.G},{Palette.Ink.B})", "currentColor", StringComparison.Ordinal)
            .Replace("#010203", "currentColor", StringComparison.OrdinalIgnoreCase)
            .Replace("clipPath", name + "-clip", StringComparison.Ordinal)
            .Replace("Helvetica", "system-ui, Helvetica, Arial, sans-serif", StringComparison.Ordinal);
        // The exporter's ids of clips stand in <clipPath> elements too: their name is put back.
        svg = svg.Replace($"<{name}-clip", "<clipPath", StringComparison.Ordinal).Replace($"</{name}-clip>", "</clipPath>", StringComparison.Ordinal);
        body.Append(CultureInfo.InvariantCulture, $"<svg x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{panel.Width:0.##}\" height=\"{height:0.##}\">").Append(svg);
    }

    /// <summary>Entries in lines as wide as the plot; returns the height that they take.</summary>
    private static double Legend(StringBuilder body, IReadOnlyList<LegendEntry> legend)
    {
        if (legend.Count < 2)
        {
            return 0;
        }
        var (x, y) = (8.0, 4.0);
        foreach (var entry in legend)
        {
            var width = Swatch + 6 + TextMeasurer.WidthOf(entry.Text, FontSize) + 14;
            if (x + width > Width && x > 8)
            {
                (x, y) = (8, y + LineHeight);
            }
            var dashes = entry.Style.GetDashArray() is { } array ? $" stroke-dasharray=\"{string.Join(' ', array.Select(d => (2 * d).ToString(CultureInfo.InvariantCulture)))}\"" : "";
            var colour = entry.Colour == Palette.Ink ? "currentColor" : $"#{entry.Colour.R:x2}{entry.Colour.G:x2}{entry.Colour.B:x2}";
            body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" x2=\"{x + Swatch:0.#}\" y1=\"{y + 8:0.#}\" y2=\"{y + 8:0.#}\" stroke=\"{colour}\" stroke-width=\"3\"{dashes}/>");
            Text(body, x + Swatch + 6, y + 12, entry.Text, "start");
            x += width;
        }
        return y + LineHeight + 4;
    }

    private static void Text(StringBuilder body, double x, double y, string text, string anchor) => body.Append(CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" font-size=\"{FontSize}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" fill=\"currentColor\">{WebUtility.HtmlEncode(text)}</text>");
}
