using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Series;

namespace Orchestrator.Reports.Plots;

/// <summary>Means with their bands along an axis, a line per group, thin lines for seeds: over training steps, or over thresholds.</summary>
public static class Curves
{
    private const int MostBands = 4;
    private static readonly MeanEstimate Nothing = new(null, null, null, 0);

    private sealed record Point(double X, double? Mean, double? Low, double? High);

    private sealed record Curve(IReadOnlyList<Point> Points, IReadOnlyList<IReadOnlyList<double?>> Seeds);

    /// <summary>Largest prefix-matching score over heads: the phase change.</summary>
    /// <param name="trajectory">What the sweep's metrics did over training.</param>
    /// <param name="threshold">Score from which on a head counts; drawn as a line, or null.</param>
    public static Plot PrefixMatching(SweepTrajectory trajectory, double? threshold = null)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return OverSteps("phase-change", MetricTable.Find(MetricTable.Results, MetricTable.PrefixMatchingMax)!, trajectory, point => point.PrefixMatchingMax, run => run.PrefixMatchingMax, threshold);
    }

    /// <summary>Held-out loss per token.</summary>
    public static Plot Loss(SweepTrajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return OverSteps("loss", MetricTable.Find("run", "loss")!, trajectory, point => point.Loss, run => run.Loss);
    }

    /// <summary>Held-out loss of toy models, which is no nats.</summary>
    public static Plot ToyLoss(SweepTrajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return OverSteps("loss", MetricTable.Find("run", "loss")! with { Heading = "weighted squared error", Unit = "thousandths", Meaning = "held-out weighted squared error per sample" }, trajectory,
            point => point.Loss is { } loss ? ResultColumns.Thousandfold(loss) : null, run => run.Loss is { } losses ? [.. losses.Select(loss => 1000 * loss)] : null);
    }

    /// <summary>In-context-learning score.</summary>
    public static Plot IclScore(SweepTrajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return OverSteps("in-context-learning", MetricTable.Find("run", "icl_score")!, trajectory, point => point.IclScore, run => run.IclScore);
    }

    /// <summary>The share of runs with an induction head against the score that makes one.</summary>
    public static Plot Thresholds(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return Draw("threshold", "share of runs with an induction head, by the prefix-matching score that a head must have to be one; band: 95% (Wilson)",
            new Facets([.. findings.Groups.Select(group => group.By)]),
            [.. findings.Groups.Select(group => new Curve([.. group.Thresholds.Select(point => new Point(point.Threshold, point.Share.Value, point.Share.Low, point.Share.High))], []))],
            "threshold on prefix matching", "share of runs", (0, 1), (0, 1), model => model.AddLine(LineAnnotationType.Vertical, findings.Conditions.Threshold));
    }

    private static Plot OverSteps(
        string name, Metric metric, SweepTrajectory trajectory, Func<TrajectoryPoint, MeanEstimate?> mean, Func<RunLine, IReadOnlyList<double?>?> line, double? threshold = null)
    {
        var finite = double.IsFinite(metric.Range.Low) && double.IsFinite(metric.Range.High);
        return Draw(
            name, $"{metric.Legend}, by training step: the mean over seeds with its 95% band, and thin a line for each seed where there is room",
            new Facets([.. trajectory.Groups.Select(group => group.By)]),
            [.. trajectory.Groups.Select(group => new Curve(
                [.. group.Points.Select(point => mean(point) is var e ? new Point(point.Step, (e ?? Nothing).Mean, e?.Low, e?.High) : null!)],
                [.. group.Lines.Select(line).OfType<IReadOnlyList<double?>>()]))],
            "optimizer step", metric.Unit.Length == 0 ? metric.Label : $"{metric.Label} ({metric.Unit})", null, finite ? (metric.Range.Low, metric.Range.High) : null,
            model =>
            {
                if (threshold is { } from)
                {
                    model.AddLine(LineAnnotationType.Horizontal, from);
                }
            });
    }

    private static Plot Draw(
        string name, string description, Facets facets, IReadOnlyList<Curve> curves, string below, string left, (double Low, double High)? x, (double Low, double High)? y, Action<PlotModel> finish)
    {
        var columns = facets.Panels.Count switch { 1 => 1, 2 or 4 => 2, _ => 3 };
        var single = facets.Panels.Count == 1;
        var common = y ?? Extent(curves.SelectMany(curve => curve.Points.SelectMany(point => new[] { point.Mean, point.Low, point.High })));
        var across = x ?? Extent(curves.SelectMany(curve => curve.Points.Select(point => (double?)point.X)), margin: 0.02);
        var panels = facets.Panels.Select(panel =>
        {
            var model = Frames.Of(below, single ? left : null, across, common);
            foreach (var group in panel.Groups)
            {
                Add(model, curves[group], facets.Colour(group), facets.Style(group), alone: panel.Groups.Length <= MostBands);
            }
            finish(model);
            return new Panel(model, PanelGrid.Width / columns, panel.Title);
        });
        return PanelGrid.Draw(name, description, facets.Legend(), [.. panels], single ? 340 : 210);
    }

    private static void Add(PlotModel model, Curve curve, OxyColor colour, LineStyle style, bool alone)
    {
        var band = new AreaSeries { Fill = OxyColor.FromAColor(50, colour), Color = OxyColors.Transparent, Color2 = OxyColors.Transparent };
        var line = new LineSeries { Color = colour, StrokeThickness = alone ? 2.5 : 1.4, LineStyle = style };
        foreach (var point in curve.Points)
        {
            line.Points.Add(new DataPoint(point.X, point.Mean ?? double.NaN));
            band.Points.Add(new DataPoint(point.X, point.Low ?? double.NaN));
            band.Points2.Add(new DataPoint(point.X, point.High ?? double.NaN));
        }
        if (alone)
        {
            model.Series.Add(band);
            foreach (var seed in curve.Seeds)
            {
                var thin = new LineSeries { Color = OxyColor.FromAColor(90, colour), StrokeThickness = 0.7 };
                thin.Points.AddRange(curve.Points.Zip(seed, (point, value) => new DataPoint(point.X, value ?? double.NaN)));
                model.Series.Add(thin);
            }
        }
        model.Series.Add(line);
    }

    /// <summary>The range of what is drawn, a little wider; null if there is nothing.</summary>
    internal static (double Low, double High)? Extent(IEnumerable<double?> values, double margin = 0.05)
    {
        double[] all = [.. values.OfType<double>()];
        return all.Length == 0 ? null : (all.Min() - margin * (all.Max() - all.Min()), all.Max() + margin * (all.Max() - all.Min()));
    }
}
