using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Cli.Output;

/// <summary>How verbs that print rows are told which rows and columns, in which order and format.</summary>
internal sealed class TableOptions
{
    private const int UsualLimit = 1_000;
    private readonly Option<int?> _limit = new("--limit") { Description = $"Rows at most ({UsualLimit:N0} by default)", HelpName = "N" };
    private readonly Option<string?> _after = new("--after") { Description = "Go on after an earlier answer, with what it named as next", HelpName = "CURSOR" };
    private readonly Option<bool> _all = new("--all") { Description = "Every row" };
    private readonly Option<string?> _sort = new("--sort") { Description = "Order by a column, largest first with a minus before it (--sort=-prefix_matching)", HelpName = "COLUMN" };
    private readonly Option<string?> _columns = new("--columns") { Description = "Only these columns, in this order", HelpName = "A,B" };
    private readonly Option<string?> _format = new("--format") { Description = "table (default), csv or json", HelpName = "FORMAT" };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { _limit, _after, _all, _sort, _columns, _format })
        {
            verb.Add(option);
        }
        _limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) && limit < 1)
            {
                result.AddError($"--limit {limit}: give a number from 1 on, or --all");
            }
        });
        _format.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not ("table" or "csv" or "json"))
            {
                result.AddError($"--format {token.Value}: give table, csv or json");
            }
        });
        verb.Validators.Add(result =>
        {
            if (result.GetResult(_all) is { Implicit: false } && (result.GetResult(_limit) is not null || result.GetResult(_after) is not null))
            {
                result.AddError("--all has every row: leave --limit and --after out");
            }
        });
    }

    /// <summary>The format: what was asked for, else json with <c>--json</c>.</summary>
    public string Format(ParseResult arguments) => arguments.GetValue(_format) ?? (arguments.WantsJson() ? "json" : "table");

    /// <summary>Whether rows are chosen or ordered, so that something else than the usual view is wanted.</summary>
    public bool Shapes(ParseResult arguments) => arguments.GetValue(_sort) is not null || arguments.GetValue(_columns) is not null;

    /// <summary>Whether columns are chosen: a view that chooses its own is not wanted then.</summary>
    public bool Chooses(ParseResult arguments) => arguments.GetValue(_columns) is not null;

    /// <summary>Refuses to go on after a cursor where an answer comes whole.</summary>
    public string? Whole(CommandResult result, string why) => result.GetResult(_after) is null ? null : $"--after: {why}";

    /// <summary>Asks for pages until there are as many rows as were asked for. An order needs all of them.</summary>
    /// <typeparam name="T">A page.</typeparam>
    /// <param name="arguments">What was given.</param>
    /// <param name="ask">Asks for a page after a cursor, of so many rows.</param>
    /// <param name="next">Where the next one begins.</param>
    public async Task<IReadOnlyList<T>> Pages<T>(ParseResult arguments, Func<string?, int, Task<T>> ask, Func<T, string?> next)
    {
        const int page = 10_000;
        var everything = arguments.GetValue(_all) || arguments.GetValue(_sort) is not null;
        var pages = new List<T> { await ask(arguments.GetValue(_after), everything ? page : Limit(arguments)) };
        while (everything && next(pages[^1]) is { } cursor)
        {
            pages.Add(await ask(cursor, page));
        }
        return pages;
    }

    /// <summary>The rows in their order, as many as were asked for, with the columns that were asked for.</summary>
    public Table Apply(ParseResult arguments, Table table)
    {
        var order = Order(arguments, table, Limit(arguments));
        var chosen = arguments.GetValue(_columns) is { } list
            ? GroupKeys.Split(list).Select(name => Find(table, name, "--columns")).ToArray()
            : [.. Enumerable.Range(0, table.Columns.Count)];
        return table with
        {
            Columns = [.. chosen.Select(i => table.Columns[i])],
            Rows = [.. order.Select(row => (IReadOnlyList<object?>)[.. chosen.Select(i => table.Rows[row][i])])],
            Truncated = table.Truncated || order.Count < table.Rows.Count,
        };
    }

    /// <summary>Places of the rows that were asked for, in their order; every one where no number was given.</summary>
    public IReadOnlyList<int> Order(ParseResult arguments, Table table) => Order(arguments, table, arguments.GetValue(_limit) ?? int.MaxValue);

    private IReadOnlyList<int> Order(ParseResult arguments, Table table, int limit)
    {
        var rows = Enumerable.Range(0, table.Rows.Count);
        if (arguments.GetValue(_sort) is { } sort)
        {
            var (name, descending) = sort.StartsWith('-') ? (sort[1..], true) : (sort, false);
            var at = Find(table, GroupKeys.Split(name) is [var only] ? only : name, "--sort");
            // What is undefined comes last either way.
            var ordered = rows.OrderBy(row => IsNothing(table.Rows[row][at]));
            rows = descending ? ordered.ThenByDescending(row => table.Rows[row][at], Values.Instance) : ordered.ThenBy(row => table.Rows[row][at], Values.Instance);
        }
        return [.. arguments.GetValue(_all) ? rows : rows.Take(limit)];
    }

    /// <summary>Prints a table as it is, in any format.</summary>
    public static void Print(Terminal terminal, Table table, string format)
    {
        switch (format)
        {
            case "json":
                terminal.WriteJson(table);
                break;
            case "csv":
                terminal.Line(Csv.Line(table.Columns.Select(column => column.Name)));
                foreach (var row in table.Rows)
                {
                    terminal.Line(Csv.Line(row));
                }
                break;
            default:
                terminal.Print(
                    [.. table.Columns.Select(column => new Column(column.Name, IsText: column.Type is "varchar" or "text" or "timestamp"))],
                    table.Rows.Select(row => row.Select(Cells.Of).ToArray()), "no rows");
                break;
        }
        if (table.Truncated)
        {
            NoteMore(terminal, table.Rows.Count, "rows", table.Next);
        }
    }

    /// <summary>Says beside the result that it is not everything, and how to have the rest.</summary>
    public static void NoteMore(Terminal terminal, int shown, string what, string? next) =>
        terminal.Note($"the first {shown} {what}: there are more{(next is null ? "" : $", from --after {next} on")} (--all has every one)");

    private int Limit(ParseResult arguments) => arguments.GetValue(_limit) ?? UsualLimit;

    private static int Find(Table table, string name, string option)
    {
        for (var i = 0; i < table.Columns.Count; i++)
        {
            if (table.Columns[i].Name == name || table.Columns[i].Name.Replace('.', '_') == name.Replace('.', '_'))
            {
                return i;
            }
        }
        throw new CliException(ExitCode.Usage, $"{option}: there is no column '{name}'; there are {string.Join(", ", table.Columns.Select(column => column.Name))}");
    }

    private static bool IsNothing(object? value) => value is null or JsonElement { ValueKind: JsonValueKind.Null };

    /// <summary>Numbers by size, everything else by its text.</summary>
    private sealed class Values : IComparer<object?>
    {
        public static Values Instance { get; } = new();

        public int Compare(object? x, object? y) => (Number(x), Number(y)) is ({ } a, { } b) ? a.CompareTo(b) : string.CompareOrdinal(Text(x), Text(y));

        private static double? Number(object? value) => value switch
        {
            JsonElement { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
            double or int or long or ulong => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            _ => null,
        };

        private static string Text(object? value) => value is null ? "" : value is JsonElement element ? element.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }
}
