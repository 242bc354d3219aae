using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Orchestrator.Cli.Reports;

/// <summary>The plots of a report: a metric over training steps, a colour per group, the mean with its 95% band.</summary>
internal static class Plots
{
    /// <summary>Largest prefix-matching score over heads, with a thin line per seed.</summary>
    public static Plot PrefixMatching(SweepTrajectory trajectory)
    {
        var metric = MetricTable.Find(MetricTable.Results, MetricTable.PrefixMatchingMax)!;
        var model = Frame(metric);
        for (var i = 0; i < trajectory.Groups.Count; i++)
        {
            AddSeeds(model, trajectory.Groups[i], i);
        }
        return Draw(model, trajectory, "prefix-matching", metric.Legend, point => point.PrefixMatchingMax);
    }

    /// <summary>Held-out loss per token.</summary>
    public static Plot Loss(SweepTrajectory trajectory) =>
        Draw(MetricTable.Find("run", "loss")!, trajectory, "loss", point => point.Loss);

    /// <summary>Held-out loss of toy models.</summary>
    public static Plot ToyLoss(SweepTrajectory trajectory) =>
        Draw(Frame("weighted squared error"), trajectory, "loss", "held-out weighted squared error per sample", point => point.Loss);

    /// <summary>In-context-learning score.</summary>
    public static Plot IclScore(SweepTrajectory trajectory) =>
        Draw(MetricTable.Find("run", "icl_score")!, trajectory, "icl", point => point.IclScore);

    private static Plot Draw(Metric metric, SweepTrajectory trajectory, string name, Func<TrajectoryPoint, MeanEstimate> read) =>
        Draw(Frame(metric), trajectory, name, metric.Legend, read);

    private static Plot Draw(PlotModel model, SweepTrajectory trajectory, string name, string description, Func<TrajectoryPoint, MeanEstimate> metric)
    {
        for (var i = 0; i < trajectory.Groups.Count; i++)
        {
            AddMean(model, trajectory.Groups[i], i, metric);
        }
        return new Plot(model, name, $"{description}, by training step: the mean over seeds with its 95% band");
    }

    private static PlotModel Frame(Metric metric) => double.IsFinite(metric.Range.Low) && double.IsFinite(metric.Range.High)
        ? Frame(metric.Label, metric.Range.Low, metric.Range.High)
        : Frame($"{metric.Label} ({metric.Unit})");

    private static PlotModel Frame(string title, double? low = null, double? high = null)
    {
        var model = new PlotModel
        {
            DefaultFont = "Helvetica",
            DefaultFontSize = 12,
            TextColor = Palette.Ink,
            PlotAreaBorderThickness = new OxyThickness(0),
            Background = OxyColors.Transparent,
            Padding = new OxyThickness(4, 8, 12, 4),
            IsLegendVisible = true,
        };
        model.Axes.Add(Axis(AxisPosition.Bottom, "optimizer step", null, null));
        model.Axes.Add(Axis(AxisPosition.Left, title, low, high));
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.TopLeft,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendTextColor = Palette.Ink,
            LegendSymbolLength = 24,
            LegendPadding = 0,
            LegendMargin = 4,
        });
        return model;
    }

    private static LinearAxis Axis(AxisPosition position, string title, double? low, double? high)
    {
        var axis = new LinearAxis
        {
            Position = position,
            Title = title,
            AxislineStyle = LineStyle.Solid,
            AxislineColor = Palette.Ink,
            TicklineColor = Palette.Ink,
            TextColor = Palette.Ink,
            TitleColor = Palette.Ink,
            MinorTickSize = 0,
            AxisTitleDistance = 8,
            MinimumPadding = 0.02,
            MaximumPadding = 0.02,
            IntervalLength = position == AxisPosition.Left ? 45 : 80,
            MajorGridlineStyle = position == AxisPosition.Left ? LineStyle.Solid : LineStyle.None,
            MajorGridlineColor = OxyColor.FromAColor(60, OxyColors.Gray),
        };
        if (low is { } minimum && high is { } maximum)
        {
            (axis.Minimum, axis.Maximum) = (minimum, maximum);
        }
        return axis;
    }

    private static void AddMean(PlotModel model, GroupTrajectory group, int index, Func<TrajectoryPoint, MeanEstimate> metric)
    {
        var colour = Palette.Colour(index);
        var band = new AreaSeries { Fill = OxyColor.FromAColor(50, colour), Color = OxyColors.Transparent, Color2 = OxyColors.Transparent };
        var line = new LineSeries { Color = colour, StrokeThickness = 2.5, LineStyle = Palette.Style(index), Title = Format.Point(group.By) };
        foreach (var point in group.Points)
        {
            var estimate = metric(point);
            line.Points.Add(new DataPoint(point.Step, estimate.Mean ?? double.NaN));
            band.Points.Add(new DataPoint(point.Step, estimate.Low ?? double.NaN));
            band.Points2.Add(new DataPoint(point.Step, estimate.High ?? double.NaN));
        }
        model.Series.Add(band);
        model.Series.Add(line);
    }

    private static void AddSeeds(PlotModel model, GroupTrajectory group, int index)
    {
        foreach (var run in group.Lines)
        {
            var line = new LineSeries { Color = OxyColor.FromAColor(110, Palette.Colour(index)), StrokeThickness = 0.8 };
            line.Points.AddRange(group.Points.Zip(run.PrefixMatchingMax, (point, value) => new DataPoint(point.Step, value ?? double.NaN)));
            model.Series.Add(line);
        }
    }
}
