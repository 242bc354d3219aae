using System.Text.Json;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Heads;

/// <summary>Head metrics over seeds for a person. Grouped by axes alone it is the result table of the sweep.</summary>
internal static class HeadGroupTable
{
    public static void Print(Terminal terminal, GroupedHeads heads)
    {
        if (heads.Groups.Count > 0 && heads.Groups.All(group => group.Metrics.ContainsKey("induction_share")))
        {
            ResultTable.Print(terminal, AsResult(heads));
            return;
        }
        var names = heads.Groups.SelectMany(group => group.By.Keys).Distinct().ToList();
        var all = heads.Groups.SelectMany(group => group.Metrics.Keys).Distinct().ToList();
        var metrics = all.Where(metric => HeadMetrics.Heading(metric) is not null).ToList();
        terminal.Print(
            [.. names.Select(name => new Column(name)), new("runs"), .. metrics.Select(metric => new Column(HeadMetrics.Heading(metric)!))],
            heads.Groups.Select(group => (IReadOnlyList<string>)
            [
                .. names.Select(name => group.By.TryGetValue(name, out var value) ? Format.Value(value) : Format.Nothing),
                Format.Whole(group.Completed),
                .. metrics.Select(metric => group.Metrics.TryGetValue(metric, out var value) ? Estimate(value).Cell(group.Completed) : Format.Nothing),
            ]),
            "no head matches");
        terminal.Line();
        terminal.Line("Means over completed runs; below each its 95% interval (bootstrap over runs).");
        foreach (var line in HeadMetrics.Legend(metrics))
        {
            terminal.Line(line);
        }
        if (all.Count > metrics.Count)
        {
            terminal.Line($"{all.Count - metrics.Count} more metrics with --json");
        }
    }

    private static MeanEstimate Estimate(JsonElement value) => value.Deserialize<MeanEstimate>(Json.Options) ?? new(null, null, null, 0);

    private static SweepResult AsResult(GroupedHeads heads) => JsonSerializer.SerializeToElement(heads, Json.Options).Deserialize<SweepResult>(Json.Options)!;
}
