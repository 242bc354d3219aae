using System.Net;
using System.Reflection;
using System.Text;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Reports;

/// <summary>The report of a sweep: one page that needs no network, with the table and the plots over training.</summary>
internal static class ReportPage
{
    public static string Render(SweepResult result, SweepTrajectory trajectory)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<title>").Append(Encode(result.Sweep.Name)).Append("</title>\n<style>\n").Append(Style()).Append("</style>\n</head>\n<body>\n");
        page.Append("<h1>").Append(Encode(result.Sweep.Name)).Append("</h1>\n<p>sweep ").Append(Encode(result.Sweep.Id)).Append(", ")
            .Append(Encode(Format.State(result.Sweep.State))).Append("; ").Append(Encode(Format.Counts(result.Sweep.Runs))).Append("; ")
            .Append(Encode(Format.Duration(result.ElapsedSeconds))).Append("; orchestrator ").Append(Encode(Versions.Product)).Append("</p>\n");
        page.Append("<h2>Result</h2>\n<div class=\"scroll\">\n").Append(Table(result, ResultColumns.For(result))).Append("</div>\n");
        if (TermColumns.For(result) is { Count: > 0 } terms)
        {
            page.Append("<h2>Term importance</h2>\n<p>").Append(Encode(TermColumns.Meaning)).Append("</p>\n<div class=\"scroll\">\n").Append(Table(result, terms)).Append("</div>\n");
        }
        if (ResultColumns.IsOfToys(result))
        {
            Section(page, "Loss", Plots.ToyLoss(trajectory));
        }
        else
        {
            AttentionPlots(page, trajectory);
        }
        page.Append("<h2>Columns</h2>\n<dl>\n");
        foreach (var column in ResultColumns.Metrics(result))
        {
            page.Append("<dt>").Append(Encode(column.Name)).Append("</dt><dd>").Append(Encode(column.Meaning)).Append("</dd>\n");
        }
        return page.Append("</dl>\n</body>\n</html>\n").ToString();
    }

    private static void AttentionPlots(StringBuilder page, SweepTrajectory trajectory)
    {
        Section(page, "Phase change", Plots.PrefixMatching(trajectory));
        Section(page, "Loss", Plots.Loss(trajectory));
        Section(page, "In-context learning", Plots.IclScore(trajectory));
    }

    private static void Section(StringBuilder page, string title, Plot plot) =>
        page.Append("<h2>").Append(Encode(title)).Append("</h2>\n<p>").Append(Encode(plot.Description)).Append("</p>\n").Append(plot.ToInlineSvg()).Append('\n');

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
