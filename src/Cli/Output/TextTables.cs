using System.Text;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>A column of a printed table.</summary>
/// <param name="Heading">May have several lines.</param>
/// <param name="IsText">Text stands at the left and breaks between words where it must; numbers stand at the right and are never broken.</param>
internal sealed record Column(string Heading, bool IsText = false)
{
    /// <summary>How much it tells where not every column fits: the least are left out first, among equals the last.</summary>
    public Telling Telling { get; init; } = Telling.Usual;
}

/// <summary>What a column tells, the least first.</summary>
internal enum Telling
{
    /// <summary>Detail: further metrics.</summary>
    Detail,
    /// <summary>As any other.</summary>
    Usual,
    /// <summary>Without it the rows cannot be read.</summary>
    Essential,
}

/// <summary>
/// Aligned tables without frames: they read well and paste well. On a terminal, or where COLUMNS says how wide it is, no line is longer, and columns for
/// which there is no room are left out and named; otherwise a row is one line, for grep and sort.
/// </summary>
internal static class TextTables
{
    private const int NarrowestText = 16;

    /// <summary>Prints the rows, or <paramref name="whenEmpty"/> if there is none.</summary>
    public static void Print(
        this Terminal terminal, IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows, string whenEmpty = "nothing", int gap = 2)
    {
        var width = terminal.Width;
        string[][] cells = [.. rows.Select(row => row.Select(cell => Cell(cell, width)).ToArray())];
        if (cells.Length == 0)
        {
            terminal.Line(whenEmpty);
            return;
        }
        string[] headings = [.. columns.Select(column => Visible.Text(column.Heading))];
        int[] natural = [.. columns.Select((_, i) => cells.Select(row => row[i]).Append(headings[i]).SelectMany(Lines).Max(CellWidth))];
        int[] narrow = [.. columns.Select((column, i) => column.IsText ? Math.Min(natural[i], Math.Max(NarrowestText, cells.Select(row => row[i]).Append(headings[i]).SelectMany(Lines).SelectMany(line => line.Split(' ')).Max(CellWidth))) : natural[i])];
        var shown = Enumerable.Range(0, columns.Count).ToList();
        while (shown.Count > 1 && shown.Sum(i => narrow[i]) + gap * (shown.Count - 1) > width)
        {
            var constant = shown.Where(SaysOneThing).ToList();
            shown.Remove(constant.Count > 0 ? constant[^1] : shown.Aggregate((one, other) => columns[other].Telling <= columns[one].Telling ? other : one));
        }
        var widths = natural;
        for (var over = shown.Sum(i => natural[i]) + gap * (shown.Count - 1) - width; over > 0;)
        {
            var widest = shown.MaxBy(i => widths[i] - narrow[i]);
            var less = Math.Min(over.Value, widths[widest] - narrow[widest]);
            if (less == 0)
            {
                break; // one column alone is wider than the terminal
            }
            widths[widest] -= less;
            over -= less;
        }
        Write(terminal, columns, shown, widths, headings, gap, bottom: true, bold: true);
        foreach (var row in cells)
        {
            Write(terminal, columns, shown, widths, row, gap, bottom: false, bold: false);
        }
        if (shown.Count < columns.Count)
        {
            var hidden = Enumerable.Range(0, columns.Count).Except(shown).Select(i => SaysOneThing(i) ? $"{Name(i)} ({cells[0][i]} in every row)" : Name(i));
            terminal.Line($"no room for: {string.Join(", ", hidden)} (a wider terminal, or --json, has them)");
        }

        // Only where a table says what is essential: elsewhere the first columns are.
        bool SaysOneThing(int i) => columns[i].Telling != Telling.Essential && columns.Any(column => column.Telling == Telling.Essential)
            && cells.Length > 1 && cells.All(row => row[i] == cells[0][i]);

        string Name(int i) => headings[i].ReplaceLineEndings(" ").Replace(". ", ".", StringComparison.Ordinal);
    }

    /// <summary>A cell of several lines is one line where rows are.</summary>
    private static string Cell(string text, int? width) => width is null ? Visible.Text(text).ReplaceLineEndings(" ") : Visible.Text(text);

    private static void Write(Terminal terminal, IReadOnlyList<Column> columns, List<int> shown, int[] widths, string[] row, int gap, bool bottom, bool bold)
    {
        var cells = shown.ToDictionary(i => i, i => Lines(row[i]).SelectMany(line => columns[i].IsText ? Wrapped(line, widths[i]) : [line]).ToArray());
        var height = cells.Values.Max(lines => lines.Length);
        for (var line = 0; line < height; line++)
        {
            var text = new StringBuilder();
            foreach (var i in shown)
            {
                var at = line - (bottom ? height - cells[i].Length : 0);
                var part = at >= 0 && at < cells[i].Length ? cells[i][at] : "";
                var blank = new string(' ', Math.Max(0, widths[i] - CellWidth(part)));
                text.Append(columns[i].IsText ? part + blank : blank + part).Append(' ', gap);
            }
            var printed = text.ToString().TrimEnd();
            if (bold && terminal.OutputConsole.Profile.Capabilities.Ansi)
            {
                terminal.OutputConsole.Write(new Text(printed + "\n", new Style(decoration: Decoration.Bold)));
            }
            else
            {
                terminal.Line(printed);
            }
        }
    }

    /// <summary>Lines of whole words, as long as there is room.</summary>
    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && CellWidth(line) + 1 + CellWidth(word) > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }

    private static string[] Lines(string text) => text.Split('\n');

    private static int CellWidth(string text) => text.GetCellWidth();
}
