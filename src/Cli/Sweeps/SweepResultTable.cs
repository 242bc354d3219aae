using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary>What a sweep found, as a table: a row per point of the grid, every estimate with its 95% interval, and a line that explains each column.</summary>
internal static class SweepResultTable
{
    public static void Print(Terminal terminal, SweepResult result)
    {
        Print(terminal, result, ResultColumns.For(result));
        terminal.Line();
        terminal.Line("Completed runs at their last step: value, 95% interval (± where symmetric), and n where it differs.");
        foreach (var line in Meanings.Lines(ResultColumns.Metrics(result).Select(column => (column.Name, column.Meaning))))
        {
            terminal.Line($"  {line}");
        }
        if (TermColumns.For(result) is { Count: > 0 } terms)
        {
            terminal.Line();
            Print(terminal, result, terms);
            terminal.Line();
            terminal.Line(TermColumns.Meaning);
        }
        terminal.Line();
        terminal.Line($"sweep {result.Sweep.Name} ({Format.Id(result.Sweep.Id)}) {Format.State(result.Sweep.State)}"
            + $"{(result.Sweep.Reason is { } reason ? $": {reason}" : "")}{(result.Sweep.Waiting is { } waiting ? $": {waiting}" : "")}; {Format.Counts(result.Sweep.Runs)}; {Format.Duration(result.ElapsedSeconds)}");
        if (result.Sweep.Runs.Failed > 0)
        {
            terminal.Line($"reasons of failed runs: ./orchestrator run list {Format.Id(result.Sweep.Id)}");
        }
    }

    private static void Print(Terminal terminal, SweepResult result, IReadOnlyList<ResultColumn> columns) => terminal.Print(
        [.. columns.Select(column => new Column(column.Heading))],
        result.Groups.Select(group => columns.Select(column => column.Cell(group)).ToArray()),
        "no group");
}
