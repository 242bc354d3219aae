using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Heads;

/// <summary>Head metrics over seeds for a person. Grouped by axes alone it is the result table of the sweep.</summary>
internal static class HeadGroupTable
{
    public static void Print(Terminal terminal, SweepResult heads)
    {
        if (heads.Groups.Count > 0 && heads.Groups.All(group => group.Metrics.ContainsKey(MetricTable.InductionShare)))
        {
            SweepResultTable.Print(terminal, heads);
            return;
        }
        var names = heads.Groups.SelectMany(group => group.By.Keys).Distinct().ToList();
        var all = heads.Groups.SelectMany(group => group.Metrics.Keys).Distinct().ToList();
        var metrics = all.Select(name => MetricTable.Find("heads", name)).OfType<Metric>().Where(metric => metric.Heading is not null).ToList();
        terminal.Print(
            [.. names.Select(name => new Column(name)), new("runs"), .. metrics.Select(metric => new Column(metric.Heading!))],
            heads.Groups.Select(group => (IReadOnlyList<string>)
            [
                .. names.Select(name => group.By.TryGetValue(name, out var value) ? Format.Value(value) : Format.Nothing),
                Format.Whole(group.Completed),
                .. metrics.Select(metric => group.Mean(metric.Name).Cell(group.Completed)),
            ]),
            "no head matches");
        terminal.Line();
        terminal.Line("Means over completed runs; with each its 95% interval (t, with runs as clusters).");
        foreach (var line in Meanings.Lines(metrics))
        {
            terminal.Line(line);
        }
        if (all.Count > metrics.Count)
        {
            terminal.Line($"{all.Count - metrics.Count} more metrics with --json");
        }
    }
}
