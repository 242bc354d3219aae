using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Series;

namespace Orchestrator.Reports.Plots;

/// <summary>One row a group, every seed a dot, the estimate with its interval through them: no mean hides two modes.</summary>
public static class Strips
{
    private const int MostRows = 120;
    private const double Names = 0.34; // of the width, where every row has its name

    private sealed record Column(string Title, Func<int, IEnumerable<double>> Dots, Func<int, (double? Value, double? Low, double? High)> Estimate, (double Low, double High)? Range = null, IReadOnlyList<double>? Lines = null);

    /// <summary>What runs came to: share with an induction head, prefix matching, in-context learning, loss.</summary>
    public static Plot Finals(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return Draw("finals", "every group at its last step: a dot for each seed, the estimate with its 95% interval; dashed: the threshold", findings,
        [
            new("runs with an induction head", _ => [], group => findings.Result.Groups[group].InductionShare() is var share ? (share.Value, share.Low, share.High) : default, (0, 1)),
            Of(findings, MetricTable.PrefixMatchingMax, "prefix matching", (0, 1), [findings.Conditions.Threshold]),
            Of(findings, MetricTable.IclScore, "ICL score (nats)", null, [0]),
            Of(findings, MetricTable.FinalLoss, "loss (nats)", null, null),
        ]);
    }

    /// <summary>The phase change of every run, and how far in-context learning lags.</summary>
    public static Plot Transitions(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var end = findings.Conditions.SnapshotSteps.Count == 0 ? 1 : findings.Conditions.SnapshotSteps[^1];
        return Draw("transition", "step at which the largest prefix matching crosses the threshold: a dot for each seed that crossed, the Kaplan-Meier median with its 95% interval", findings,
            [new("transition (step)", group => findings.Groups[group].Runs.Select(run => run.TransitionStep).OfType<double>(), group => findings.Result.Groups[group].TransitionStep() is var step ? (step.Median, step.Low, step.High) : default, (0, end))]);
    }

    /// <summary>K-composition of the induction circuit against what random weights give.</summary>
    public static Plot Composition(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return Draw("composition", "the pair of previous-token head and induction head of each run: K-composition in standard deviations of random weights (dashed: ±1.96, what chance gives), and the eigen-score of its QK circuit", findings,
        [
            new("K-composition (z)", group => Circuits(group).Select(circuit => circuit.KZ).OfType<double>(), group => Mean(findings.Groups[group].Circuits?.KZ), null, [-1.96, 1.96]),
            new("QK eigen-score", group => Circuits(group).Select(circuit => circuit.QkEigenScore).OfType<double>(), group => Mean(findings.Groups[group].Circuits?.QkEigenScore), (-1, 1), [0]),
        ]);

        IEnumerable<RunCircuit> Circuits(int group) => findings.Groups[group].Runs.Select(run => run.Circuit).OfType<RunCircuit>().Where(circuit => circuit is { IsInduction: true, PreviousHead: not null });
    }

    private static Column Of(SweepFindings findings, string metric, string title, (double Low, double High)? range, IReadOnlyList<double>? lines) => new(
        title, group => findings.Groups[group].Runs.Where(run => run.Metrics.ContainsKey(metric)).Select(run => run.Metrics[metric]), group => Mean(findings.Result.Groups[group].Mean(metric)), range, lines);

    private static (double?, double?, double?) Mean(MeanEstimate? estimate) => (estimate?.Mean, estimate?.Low, estimate?.High);

    private static Plot Draw(string name, string description, SweepFindings findings, IReadOnlyList<Column> columns)
    {
        var facets = new Facets([.. findings.Groups.Select(group => group.By)]);
        var rows = Math.Min(facets.Count, MostRows);
        var labels = Enumerable.Range(0, rows).Select(facets.Label).ToArray();
        var wide = PanelGrid.Width * Math.Min(Names, (labels.Max(label => TextMeasurer.WidthOf(label, 11)) + 30) / PanelGrid.Width);
        var each = (PanelGrid.Width - wide) / columns.Count;
        var panels = columns.Select((column, i) => new Panel(Model(column, facets, i == 0 ? labels : null, rows), i == 0 ? wide + each : each, ""));
        var height = rows * (rows > 40 ? 11 : rows > 12 ? 18 : 26) + 60;
        return PanelGrid.Draw(name, description + (facets.Count > rows ? $"; the first {rows} of {facets.Count} groups" : ""), [], [.. panels], height);
    }

    private static PlotModel Model(Column column, Facets facets, string[]? labels, int rows)
    {
        var model = Frames.OfRows(column.Title, labels, rows, column.Range ?? Curves.Extent(Enumerable.Range(0, rows).SelectMany(group =>
            column.Dots(group).Select(value => (double?)value).Concat([column.Estimate(group).Low, column.Estimate(group).High])).Concat((column.Lines ?? []).Select(line => (double?)line))));
        foreach (var at in column.Lines ?? [])
        {
            model.AddLine(LineAnnotationType.Vertical, at);
        }
        for (var group = 0; group < rows; group++)
        {
            var colour = facets.Colour(group);
            var dots = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 2.4, MarkerFill = OxyColor.FromAColor(120, colour), MarkerStrokeThickness = 0 };
            // Beside each other rather than on each other, the same way every time.
            dots.Points.AddRange(column.Dots(group).Select((value, i) => new ScatterPoint(value, group + 0.28 * (i * 0.618034 % 1 - 0.5) * 2)));
            model.Series.Add(dots);
            var (mean, low, high) = column.Estimate(group);
            if (low is { } from && high is { } to)
            {
                model.Series.Add(new LineSeries { Color = colour, StrokeThickness = 3, Points = { new DataPoint(from, group), new DataPoint(to, group) } });
            }
            if (mean is { } middle)
            {
                model.Series.Add(new ScatterSeries { MarkerType = MarkerType.Diamond, MarkerSize = 4.5, MarkerFill = colour, MarkerStroke = Palette.Ink, MarkerStrokeThickness = 0.8, Points = { new ScatterPoint(middle, group) } });
            }
        }
        return model;
    }
}
