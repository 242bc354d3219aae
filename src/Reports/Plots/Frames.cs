using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;

namespace Orchestrator.Reports.Plots;

/// <summary>Axes and grounds that all plots share.</summary>
internal static class Frames
{
    /// <summary>A model with two axes. A range that is not given is that of what is drawn.</summary>
    public static PlotModel Of(string? below, string? left, (double Low, double High)? x = null, (double Low, double High)? y = null)
    {
        var model = Empty();
        model.Axes.Add(Axis(AxisPosition.Bottom, below, x));
        model.Axes.Add(Axis(AxisPosition.Left, left, y));
        return model;
    }

    /// <summary>A model whose rows have names, the first one on top.</summary>
    public static PlotModel OfRows(string below, IReadOnlyList<string>? rows, int count, (double Low, double High)? x = null)
    {
        var model = Empty();
        model.Axes.Add(Axis(AxisPosition.Bottom, below, x));
        if (rows is not null)
        {
            var names = new CategoryAxis { Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0, GapWidth = 0, IsTickCentered = true, TickStyle = TickStyle.None, TextColor = Palette.Ink, AxislineStyle = LineStyle.None, FontSize = count > 40 ? 9 : 11 };
            names.Labels.AddRange(rows);
            model.Axes.Add(names);
        }
        else
        {
            model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0, Minimum = -0.5, Maximum = count - 0.5, IsAxisVisible = false });
        }
        return model;
    }

    /// <summary>A thin dashed line across, such as a threshold.</summary>
    public static void AddLine(this PlotModel model, LineAnnotationType type, double at) => model.Annotations.Add(new LineAnnotation
    {
        Type = type,
        X = at,
        Y = at,
        Color = OxyColor.FromAColor(150, Palette.Ink),
        LineStyle = LineStyle.Dash,
        StrokeThickness = 1,
        Layer = AnnotationLayer.BelowSeries,
    });

    private static PlotModel Empty() => new()
    {
        DefaultFont = "Helvetica",
        DefaultFontSize = 12,
        TextColor = Palette.Ink,
        PlotAreaBorderThickness = new OxyThickness(0),
        Background = OxyColors.Transparent,
        Padding = new OxyThickness(2, 6, 14, 2),
        IsLegendVisible = false,
    };

    private static LinearAxis Axis(AxisPosition position, string? title, (double Low, double High)? range)
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
            AxisTitleDistance = 12,
            MinimumPadding = 0.03,
            MaximumPadding = 0.03,
            IntervalLength = position == AxisPosition.Left ? 42 : 70,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColor.FromAColor(position == AxisPosition.Left ? (byte)50 : (byte)25, OxyColors.Gray),
        };
        if (range is var (low, high) && high > low)
        {
            (axis.Minimum, axis.Maximum) = (low, high);
        }
        return axis;
    }
}
