using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>A column of a printed table.</summary>
/// <param name="Heading">May have several lines.</param>
/// <param name="IsText">Text stands at the left, numbers at the right.</param>
internal sealed record Column(string Heading, bool IsText = false);

/// <summary>Aligned tables without frames: they read well and paste well.</summary>
internal static class TextTables
{
    /// <summary>Prints the rows, or <paramref name="whenEmpty"/> if there is none.</summary>
    public static void Print(
        this Terminal terminal, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows, string whenEmpty = "nothing", int gap = 2)
    {
        var table = new Table { Border = TableBorder.None, ShowRowSeparators = false };
        for (var i = 0; i < columns.Count; i++)
        {
            var alignment = columns[i].IsText ? Justify.Left : Justify.Right;
            var heading = new Text(Visible.Text(columns[i].Heading), new Style(decoration: Decoration.Bold)).Justify(alignment);
            table.AddColumn(new TableColumn(heading) { Alignment = alignment, Padding = new Padding(0, 0, i == columns.Count - 1 ? 0 : gap, 0) });
        }
        foreach (var row in rows)
        {
            table.AddRow(row.Select((cell, i) => new Text(Visible.Text(cell)).Justify(columns[i].IsText ? Justify.Left : Justify.Right)));
        }
        if (table.Rows.Count == 0)
        {
            terminal.Line(whenEmpty);
            return;
        }
        terminal.OutputConsole.Write(table);
    }
}
