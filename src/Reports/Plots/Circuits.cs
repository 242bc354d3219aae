using Orchestrator.Contracts.Api;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Series;

namespace Orchestrator.Reports.Plots;

/// <summary>Heads and circuits of single runs as marks.</summary>
public static class Circuits
{
    private const int MostHeads = 4_000;
    private static readonly string[] Roles = ["induction", "previous_token", "duplicate_token", "copying", "none"];
    private static readonly int[] Order = [4, 3, 2, 1, 0]; // what is rare on top
    private static readonly int[] Colours = [1, 0, 3, 2, 6];

    /// <summary>The corner of Elhage et al.: heads that match a token with what came after its earlier copy (QK eigen-score through the previous-token head), and copy it (OV eigen-score).</summary>
    public static Plot Corner(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        HeadMark[] heads = [.. findings.Groups.SelectMany(group => group.Runs).SelectMany(run => run.Heads).Where(head => head is { QkEigenPrevious: not null, OvCopying: not null }).Take(MostHeads)];
        var model = Frames.Of("QK eigen-score through the previous-token head", "OV eigen-score (copying)", (-1.05, 1.05), (-1.05, 1.05));
        model.AddLine(LineAnnotationType.Horizontal, 0);
        model.AddLine(LineAnnotationType.Vertical, 0);
        foreach (var role in Order)
        {
            var marks = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = heads.Length > 500 ? 2 : 3.5, MarkerFill = OxyColor.FromAColor(150, Palette.Named(Colours[role])), MarkerStrokeThickness = 0 };
            marks.Points.AddRange(heads.Where(head => head.Role == Roles[role]).Select(head => new ScatterPoint(head.QkEigenPrevious!.Value, head.OvCopying!.Value)));
            model.Series.Add(marks);
        }
        var legend = Enumerable.Range(0, Roles.Length).Where(role => heads.Any(head => head.Role == Roles[role]))
            .Select(role => new LegendEntry($"{Roles[role].Replace('_', '-')} ({heads.Count(head => head.Role == Roles[role])})", Palette.Named(Colours[role]), LineStyle.Solid)).ToList();
        return PanelGrid.Draw("corner", $"every head after the first layer, by role: {heads.Length} heads at the last step; induction heads stand in the upper right corner", legend, [new Panel(model, PanelGrid.Width, "")], 400);
    }

    /// <summary>Which head formed first: the snapshot by which each of the two had formed, one circle for all runs at one place.</summary>
    public static Plot Formation(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var facets = new Facets([.. findings.Groups.Select(group => group.By)]);
        var end = findings.Conditions.SnapshotSteps.Count == 0 ? 1 : findings.Conditions.SnapshotSteps[^1];
        var model = Frames.Of("previous-token head formed by (step)", "induction head formed by (step)", (0, end * 1.03), (0, end * 1.03));
        model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.LinearEquation, Slope = 1, Intercept = 0, Color = OxyColor.FromAColor(150, Palette.Ink), LineStyle = LineStyle.Dash, StrokeThickness = 1, Layer = AnnotationLayer.BelowSeries });
        for (var group = 0; group < facets.Count; group++)
        {
            var places = findings.Groups[group].Runs.Select(run => run.Circuit).Where(circuit => circuit is { IsInduction: true, InductionBy: not null, PreviousBy: not null })
                .GroupBy(circuit => (X: circuit!.PreviousBy!.Value, Y: circuit.InductionBy!.Value));
            var marks = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = OxyColor.FromAColor(140, facets.Colour(group)), MarkerStroke = facets.Colour(group), MarkerStrokeThickness = 1 };
            marks.Points.AddRange(places.Select(place => new ScatterPoint(place.Key.X, place.Key.Y, 3 + 2.5 * Math.Sqrt(place.Count()))));
            model.Series.Add(marks);
        }
        return PanelGrid.Draw("formation", "each run in which both formed: the snapshot by which its previous-token head and its induction head had; larger circles are more runs, and below the line the induction head was first"
            + Missing(findings), facets.Legend(), [new Panel(model, PanelGrid.Width, "")], 400);
    }

    /// <summary>The runs with an induction head that have no place in the plot, counted.</summary>
    private static string Missing(SweepFindings findings)
    {
        RunCircuit[] formed = [.. findings.Groups.SelectMany(group => group.Runs).Select(run => run.Circuit).OfType<RunCircuit>().Where(circuit => circuit is { IsInduction: true, InductionBy: not null })];
        var (never, none) = (formed.Count(circuit => circuit is { PreviousHead: not null, PreviousBy: null }), formed.Count(circuit => circuit.PreviousHead is null));
        return (never > 0 ? $"; not shown: {never} of {formed.Length} runs with an induction head, whose previous-token head never formed (the induction head was first)" : "")
            + (none > 0 ? $"; not shown: {none} of {formed.Length} runs with an induction head, which have no layer before it" : "");
    }
}
