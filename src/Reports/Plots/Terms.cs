using Orchestrator.Contracts.Api;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Series;

namespace Orchestrator.Reports.Plots;

/// <summary>How much each order of paths lowers the loss.</summary>
public static class Terms
{
    private const int MostBars = 60;

    /// <summary>A bar for each order and group, with its 95% interval.</summary>
    public static Plot Importance(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var facets = new Facets([.. findings.Groups.Select(group => group.By)]);
        var terms = findings.Result.Groups.Select(group => group.Terms()?.Marginal ?? []).ToArray();
        var orders = terms.Max(marginal => marginal.Count);
        var range = Curves.Extent(terms.SelectMany(marginal => marginal.SelectMany(mean => new[] { 0.0, mean.Low, mean.High, mean.Mean })));
        var columns = facets.Panels.Count switch { 1 => 1, 2 or 4 => 2, _ => 3 };
        var panels = facets.Panels.Select(panel =>
        {
            var model = Frames.Of("heads on the path", facets.Panels.Count == 1 ? "loss reduction (nats)" : null, (-0.6, orders - 0.4), range);
            model.AddLine(LineAnnotationType.Horizontal, 0);
            model.Axes[0].MajorStep = 1;
            var shown = panel.Groups.Take(Math.Max(1, MostBars / Math.Max(1, orders))).ToArray();
            var width = 0.8 / shown.Length;
            for (var i = 0; i < shown.Length; i++)
            {
                var bars = new RectangleBarSeries { FillColor = OxyColor.FromAColor(170, facets.Colour(shown[i])), StrokeThickness = 0 };
                for (var order = 0; order < terms[shown[i]].Count; order++)
                {
                    var (left, mean) = (order - 0.4 + i * width, terms[shown[i]][order]);
                    if (mean.Mean is not { } height)
                    {
                        continue;
                    }
                    bars.Items.Add(new RectangleBarItem(left + 0.08 * width, Math.Min(0, height), left + 0.92 * width, Math.Max(0, height)));
                    if (mean is { Low: { } low, High: { } high })
                    {
                        model.Series.Add(new LineSeries { Color = Palette.Ink, StrokeThickness = 1.2, Points = { new DataPoint(left + width / 2, low), new DataPoint(left + width / 2, high) } });
                    }
                }
                model.Series.Insert(0, bars);
            }
            return new Panel(model, PanelGrid.Width / columns, panel.Title);
        });
        return PanelGrid.Draw("terms", "by how many nats the paths through so many heads lower the held-out loss, patterns frozen: mean over seeds with its 95% interval", facets.Legend(), [.. panels], facets.Panels.Count == 1 ? 300 : 210);
    }
}
