using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Plots;
using Orchestrator.Reports.Text;

namespace Orchestrator.Reports;

/// <summary>The report of a sweep: one page that needs no network. Its first screen is the answer in a sentence and one plot.</summary>
public static class ReportPage
{
    private const int MostComparisons = 40;

    /// <summary>The page.</summary>
    /// <param name="findings">What the sweep shows, with its sentences.</param>
    /// <param name="trajectory">What its metrics did over training.</param>
    /// <param name="patterns">Attention patterns of its strongest heads, each with what to say of it; may be empty.</param>
    public static string Render(SweepFindings findings, SweepTrajectory trajectory, IReadOnlyList<(PatternPicture Pattern, string Caption)> patterns)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(patterns);
        var result = findings.Result;
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<title>").Append(Encode(result.Sweep.Name)).Append("</title>\n<style>\n").Append(Style()).Append("</style>\n</head>\n<body>\n");
        page.Append("<h1>").Append(Encode(result.Sweep.Name)).Append("</h1>\n<p class=\"meta\">sweep ").Append(Encode(Format.Id(result.Sweep.Id))).Append(", ")
            .Append(Encode(Format.State(result.Sweep.State))).Append("; ").Append(Encode(Format.Counts(result.Sweep.Runs))).Append("; ").Append(Encode(Format.Time(findings.Conditions.Created))).Append("</p>\n");
        var toys = ResultColumns.IsOfToys(result);
        if (findings.Sentences is [var answer, ..])
        {
            page.Append("<p class=\"answer\">").Append(Encode(answer.Text)).Append("</p>\n");
        }
        var plots = Plots(findings, trajectory);
        if (plots.Count > 0)
        {
            Figure(page, plots[0]);
        }
        if (findings.Sentences.Count > 0)
        {
            page.Append("<h2>What the data support</h2>\n<ul>\n");
            foreach (var finding in findings.Sentences)
            {
                page.Append("<li>").Append(Encode(finding.Text)).Append("<details><summary>query</summary><code>").Append(Encode(finding.Query)).Append("</code></details></li>\n");
            }
            page.Append("</ul>\n");
        }
        page.Append("<h2>Groups</h2>\n").Append(Table(result, ResultColumns.For(result)));
        page.Append("<details><summary>what the columns mean</summary>\n<dl>\n");
        foreach (var column in ResultColumns.Metrics(result))
        {
            page.Append("<dt>").Append(Encode(column.Name)).Append("</dt><dd>").Append(Encode(column.Meaning)).Append("</dd>\n");
        }
        page.Append("</dl></details>\n");
        foreach (var plot in plots.Skip(1))
        {
            page.Append("<h2>").Append(Encode(Titles.GetValueOrDefault(plot.Name, plot.Name))).Append("</h2>\n");
            Figure(page, plot);
            if (plot.Name == "terms")
            {
                page.Append("<p>").Append(Encode(TermColumns.Meaning)).Append("</p>\n").Append(Table(result, TermColumns.For(result)));
            }
        }
        if (patterns.Count > 0)
        {
            page.Append("<h2>Attention patterns of the strongest heads</h2>\n<p>Each over one held-out sequence at the last step: row = query, column = key, darker = more attention (square root).</p>\n");
            PatternGallery.Append(page, patterns);
        }
        if (!toys && findings.Comparisons.Count > 0)
        {
            Comparisons(page, findings);
        }
        Conditions(page, findings);
        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>The plots of a page, the one of its first screen first.</summary>
    public static IReadOnlyList<Plot> Plots(SweepFindings findings, SweepTrajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(trajectory);
        if (ResultColumns.IsOfToys(findings.Result))
        {
            return [Curves.ToyLoss(trajectory)];
        }
        var runs = findings.Groups.SelectMany(group => group.Runs).ToList();
        var plots = new List<Plot>();
        if (runs.Any(run => run.Heads.Count > 0))
        {
            plots.Add(Curves.PrefixMatching(trajectory, findings.Conditions.Threshold));
        }
        plots.Add(Curves.Loss(trajectory));
        if (trajectory.Groups.Any(group => group.Points.Any(point => point.IclScore is { N: > 0 })))
        {
            plots.Add(Curves.IclScore(trajectory));
        }
        if (runs.Count > 0)
        {
            plots.Add(Strips.Finals(findings));
        }
        if (runs.Any(run => run.TransitionStep is not null))
        {
            plots.Add(Strips.Transitions(findings));
        }
        if (findings.Groups.Any(group => group.Thresholds.Count > 0))
        {
            plots.Add(Curves.Thresholds(findings));
        }
        if (runs.Any(run => run.Heads.Any(head => head is { QkEigenPrevious: not null, OvCopying: not null })))
        {
            plots.Add(Circuits.Corner(findings));
        }
        if (findings.Groups.Any(group => group.Circuits is { KZ.N: > 0 }))
        {
            plots.Add(Strips.Composition(findings));
        }
        if (runs.Any(run => run.Circuit is { IsInduction: true, InductionBy: not null, PreviousBy: not null }))
        {
            plots.Add(Circuits.Formation(findings));
        }
        if (findings.Result.Groups.Any(group => group.Terms() is not null))
        {
            plots.Add(Terms.Importance(findings));
        }
        return plots;
    }

    private static readonly Dictionary<string, string> Titles = new()
    {
        ["phase-change"] = "Phase change",
        ["loss"] = "Loss",
        ["in-context-learning"] = "In-context learning",
        ["finals"] = "Every seed of every group",
        ["transition"] = "When it happened",
        ["threshold"] = "Share against threshold",
        ["corner"] = "Matching and copying: the corner of induction heads",
        ["composition"] = "Composition against chance",
        ["formation"] = "Which head formed first",
        ["terms"] = "Term importance",
    };

    private static void Figure(StringBuilder page, Plot plot) =>
        page.Append("<figure>").Append(plot.ToInlineSvg()).Append("<figcaption>").Append(Encode(plot.Description)).Append("</figcaption></figure>\n");

    private static void Comparisons(StringBuilder page, SweepFindings findings)
    {
        var names = new AxisNames(findings.Groups.Select(group => group.By));
        page.Append("<h2>Comparisons</h2>\n<p>Groups that differ in one axis, runs of the same seed paired; the transition by a log-rank test, beside the share of pairs of runs in which the second group's crosses first. p-values are adjusted (Benjamini-Hochberg) over all ")
            .Append(Format.Several(findings.Comparisons.Count(comparison => comparison.P is not null), "test")).Append("; fewer than 3 pairs, or runs of a group, are not tested. A difference carries the luck of the held-out sequences of both sides. With n seeds no sign test goes below 2/2<sup>n</sup>.</p>\n")
            .Append("<table>\n<tr><th>metric</th><th>from</th><th>to</th><th>difference</th><th>n</th><th>p</th><th>adjusted</th></tr>\n");
        foreach (var comparison in findings.Comparisons.OrderBy(comparison => comparison.AdjustedP ?? 2).Take(MostComparisons))
        {
            page.Append("<tr><td>").Append(Encode(MetricTable.Find(MetricTable.Results, comparison.Metric)!.Label)).Append("</td><td>").Append(Encode(names.Point(findings.Groups[comparison.First].By)))
                .Append("</td><td>").Append(Encode(names.Point(findings.Groups[comparison.Second].By))).Append("</td><td>")
                .Append(Encode(comparison.Difference is { } difference ? difference.Cell(difference.N).Replace('\n', ' ') : comparison.SecondEarlier is { } earlier ? $"second first in {earlier.Cell(earlier.N).Replace('\n', ' ')}" : Format.Nothing)).Append("</td><td>")
                .Append(comparison.Difference is { N: var n } ? n.ToString(CultureInfo.InvariantCulture) : Format.Nothing).Append("</td><td>").Append(P(comparison.P)).Append("</td><td>").Append(P(comparison.AdjustedP)).Append("</td></tr>\n");
        }
        page.Append("</table>\n");
        if (findings.Comparisons.Count > MostComparisons)
        {
            page.Append("<p>The ").Append(MostComparisons).Append(" with the smallest p-values, of ").Append(findings.Comparisons.Count).Append(".</p>\n");
        }
    }

    private static void Conditions(StringBuilder page, SweepFindings findings)
    {
        var (result, conditions) = (findings.Result, findings.Conditions);
        page.Append("<h2>Conditions</h2>\n<dl class=\"conditions\">\n");
        Item("sweep", result.Sweep.Id);
        Item("submitted", Format.Time(conditions.Created));
        Item("ended", $"{Format.Time(conditions.Ended)} ({Format.Duration(result.ElapsedSeconds)}; {Format.Duration(conditions.DeviceSeconds)} of device time)");
        Item("runs", Format.Counts(result.Sweep.Runs));
        Item("excluded", $"{result.Groups.Sum(group => group.Excluded)} completed runs lack at least one metric");
        Item("seeds", conditions.Seeds);
        var heads = conditions.Measures.Contains(Measures.Name(Measure.Heads));
        if (heads)
        {
            Item("threshold", $"prefix matching {conditions.Threshold.ToString(CultureInfo.InvariantCulture)} makes an induction head, if it raises the correct token");
        }
        Item("snapshots", $"{conditions.SnapshotSteps.Count}, at steps {Steps(conditions.SnapshotSteps)}{(heads ? "; a transition is known to lie between two of them" : "")}");
        Item("measures", string.Join(", ", conditions.Measures));
        Item("versions", $"orchestrator {conditions.Product}, trainer {conditions.Trainer}, metrics {conditions.Metrics}");
        Item("workers", conditions.Workers.Count > 0 ? string.Join(", ", conditions.Workers) : Format.Nothing);
        Item("CPU kernels", conditions.CpuKernels.Count > 0 ? string.Join(", ", conditions.CpuKernels) : Format.Nothing);
        page.Append("</dl>\n<details><summary>specification</summary><pre>").Append(Encode(JsonSerializer.Serialize(conditions.Document, Json.Indented))).Append("</pre></details>\n");

        void Item(string name, string value) => page.Append("<dt>").Append(name).Append("</dt><dd>").Append(Encode(value)).Append("</dd>\n");
    }

    private static string Steps(IReadOnlyList<int> steps) => steps.Count <= 8 ? string.Join(", ", steps) : $"{string.Join(", ", steps.Take(4))}, …, {steps[^1]}";

    private static string P(double? p) => p switch { null => Format.Nothing, < 0.001 => "&lt; 0.001", { } value => value.ToString("G2", CultureInfo.InvariantCulture) };

    private static string Table(SweepResult result, IReadOnlyList<ResultColumn> columns)
    {
        var table = new StringBuilder("<table>\n<tr>");
        foreach (var column in columns)
        {
            table.Append("<th>").Append(Encode(column.Heading).Replace("\n", "<br>", StringComparison.Ordinal)).Append("</th>");
        }
        table.Append("</tr>\n");
        foreach (var group in result.Groups)
        {
            table.Append("<tr>");
            foreach (var column in columns)
            {
                var lines = column.Cell(group).Split('\n');
                table.Append("<td>").Append(Encode(lines[0])).Append(string.Concat(lines.Skip(1).Select(line => $"<small>{Encode(line)}</small>"))).Append("</td>");
            }
            table.Append("</tr>\n");
        }
        return table.Append("</table>\n").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Style()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("report.css is not embedded in the assembly");
        return new StreamReader(stream).ReadToEnd();
    }
}
