using System.Text.Json;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Heads;

/// <summary>Head rows for a person: what names the head, and the main metrics.</summary>
internal static class HeadTable
{
    private const int FirstMetrics = 2; // that stay on a narrow terminal

    public static void Print(Terminal terminal, Table heads)
    {
        var shown = Enumerable.Range(0, heads.Columns.Count).Where(i => IsShown(heads.Columns[i])).ToList();
        var first = shown.Where(i => Metric(heads.Columns[i]) is not null).Take(FirstMetrics).Select(i => heads.Columns[i]).ToList();
        terminal.Print(
            [.. shown.Select(i => new Column(Metric(heads.Columns[i])?.Heading ?? heads.Columns[i].Name) { Telling = TellingOf(heads.Columns[i], first) })],
            heads.Rows.Select(row => shown.Select(i => Cell(row[i])).ToArray()),
            "no head matches");
        terminal.Line();
        foreach (var line in Meanings.Lines(shown.Select(i => Metric(heads.Columns[i])).OfType<Metric>()))
        {
            terminal.Line(line);
        }
        if (heads.Truncated)
        {
            terminal.Line($"the first {heads.Rows.Count} rows: narrow them with --where, aggregate with --group-by, or see every one with --all");
        }
        if (heads.Columns.Count > shown.Count)
        {
            terminal.Line($"{heads.Columns.Count - shown.Count} more columns with --json");
        }
    }

    private static Telling TellingOf(TableColumn column, IReadOnlyList<TableColumn> first) =>
        column.Name is "layer" or "head" or "role" || first.Contains(column) ? Telling.Essential
        : Metric(column) is not null ? Telling.Detail
        : Telling.Usual;

    // Numbers that are not whole are metrics: the main ones are shown. Everything else says which head it is.
    private static bool IsShown(TableColumn column) =>
        Metric(column)?.Heading is not null || (column.Name != "sweep" && !IsReal(column.Type));

    private static Metric? Metric(TableColumn column) => MetricTable.Find("heads", column.Name);

    private static bool IsReal(string type) => type is "real" or "double" or "float" or "number";

    private static string Cell(object? value) => value switch
    {
        null => Format.Nothing,
        JsonElement { ValueKind: JsonValueKind.Null } => Format.Nothing,
        JsonElement { ValueKind: JsonValueKind.Number } number when number.GetRawText() is var digits && !digits.AsSpan().ContainsAny('.', 'e', 'E') => digits,
        JsonElement { ValueKind: JsonValueKind.Number } number => Format.Score(number.GetDouble()),
        JsonElement { ValueKind: JsonValueKind.String } text => Format.Id(text.GetString()!),
        var other => other.ToString()!,
    };
}
