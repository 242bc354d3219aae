using System.Text.Json;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Heads;

/// <summary>Groups as rows that can be sorted, chosen and written as CSV: the keys, the runs, and of every estimate its value, the ends of its interval and its n.</summary>
internal static class HeadGroupRows
{
    private static readonly string[] Values = ["mean", "value", "median"]; // of a mean, a share, a median
    private static readonly string[] Beside = ["low", "high", "n", "censored"];

    public static Table Of(SweepResult heads, IReadOnlyList<string> keys)
    {
        // Only a single estimate is a cell; what has parts stands in the JSON.
        var estimates = heads.Groups.SelectMany(group => group.Metrics).Where(metric => Value(metric.Value) is not null).DistinctBy(metric => metric.Key)
            .Select(metric => (Name: metric.Key, Value: Value(metric.Value)!, Beside: Beside.Where(part => metric.Value.TryGetProperty(part, out _)).ToArray())).ToList();
        return new(
            [
                .. keys.Select(key => new TableColumn(key.Replace('.', '_'), "json")), new("runs", "integer"), new("completed", "integer"), new("failed", "integer"), new("excluded", "integer"),
                .. estimates.SelectMany(estimate => estimate.Beside.Select(part => Column(estimate.Name, part)).Prepend(new(estimate.Name, "double"))),
            ],
            [
                .. heads.Groups.Select(group => (IReadOnlyList<object?>)
                [
                    .. keys.Select(key => group.By.TryGetValue(key, out var value) ? (object?)value : null), group.Runs, group.Completed, group.Failed, group.Excluded,
                    .. estimates.SelectMany(estimate => estimate.Beside.Prepend(estimate.Value).Select(part => (object?)Part(group, estimate.Name, part))),
                ]),
            ],
            Truncated: false);
    }

    private static TableColumn Column(string metric, string part) => new($"{metric}_{part}", part is "n" or "censored" ? "integer" : "double");

    private static string? Value(JsonElement estimate) =>
        estimate.ValueKind == JsonValueKind.Object ? Array.Find(Values, name => estimate.TryGetProperty(name, out _)) : null;

    private static JsonElement? Part(SweepGroup group, string metric, string part) =>
        group.Metrics.TryGetValue(metric, out var estimate) && estimate.ValueKind == JsonValueKind.Object && estimate.TryGetProperty(part, out var value) ? value : null;
}
