using System.CommandLine;
using System.Text;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Cli.Query;

/// <summary><c>query</c>: SQL over the result tables.</summary>
internal sealed class QueryVerb : Verb
{
    private const int MostRows = 500;
    private static readonly string[] Formats = ["table", "csv", "json", "parquet", "arrow"];
    private readonly Argument<string> _sql = new("SQL") { Description = "One SELECT over the tables below; it reads, and reaches nothing else" };
    private readonly Option<string?> _format = new("--format") { Description = $"How: {string.Join(", ", Formats)} (table by default)", HelpName = "FORMAT" };
    private readonly Option<string?> _out = new("--out") { Description = "Write to a file instead of printing; parquet and arrow need one", HelpName = "FILE" };

    public QueryVerb(CliServices services) : base(
        services, "query", "Answers SQL over runs, heads, pairs, curves, terms and circuits",
        $"query \"{ResultQuestions.All[0].Sql}\" # {ResultQuestions.All[0].Question.TrimEnd('?')}",
        "query \"select * from heads\" --format parquet --out heads.parquet # a table for pandas, polars or DuckDB")
    {
        Add(_sql);
        Add(_format);
        Add(_out);
        Validators.Add(result =>
        {
            var format = result.GetResult(_format) is { Tokens: [var given] } ? given.Value : "table";
            if (!Formats.Contains(format))
            {
                result.AddError($"--format {format}: give {string.Join(", ", Formats)}");
            }
            else if (format is "parquet" or "arrow" && result.GetResult(_out) is null)
            {
                result.AddError($"--format {format} is no text: name a file with --out");
            }
        });
    }

    public override IEnumerable<string> Details
    {
        get
        {
            yield return "Tables (an undefined value is null; metrics that were not measured are null):";
            foreach (var table in ResultTables.All)
            {
                yield return "";
                yield return $"  {table.Name}: {table.Meaning}";
                var width = table.Columns.Max(column => column.Name.Length);
                foreach (var column in table.Columns)
                {
                    yield return $"    {column.Name.PadRight(width)}  {column.Meaning}{(column.Unit.Length == 0 ? "" : $" ({column.Unit})")}";
                }
            }
            yield return "";
            yield return "Questions:";
            foreach (var question in ResultQuestions.All)
            {
                yield return $"  {question.Question}";
                yield return $"    {question.Sql}";
            }
        }
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var (sql, file) = (arguments.GetRequiredValue(_sql), arguments.GetValue(_out));
        var format = arguments.GetValue(_format) ?? (arguments.WantsJson() ? "json" : "table");
        await using var connection = await Locate(arguments).ForReading(cancellation);
        if (format is "table" or "json" && file is null)
        {
            var table = await connection.Client.Query(sql, format == "table" ? MostRows : null, cancellation);
            Show(table, format);
            return ExitCode.Done;
        }
        if (file is not null)
        {
            await Write(connection.Client, sql, format, file, cancellation);
            return ExitCode.Done;
        }
        using var text = new MemoryStream();
        await connection.Client.QueryAs(sql, format, text, cancellation);
        Terminal.Output.Write(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
        return ExitCode.Done;
    }

    private void Show(Contracts.Api.Table table, string format)
    {
        if (format == "json")
        {
            Terminal.WriteJson(table);
            return;
        }
        TableOptions.Print(Terminal, table with { Truncated = false }, format);
        if (table.Truncated)
        {
            Terminal.Note($"the first {table.Rows.Count} rows: --format csv has all of them");
        }
    }

    /// <summary>Under another name until it is whole.</summary>
    private static async Task Write(OrchestratorClient client, string sql, string format, string file, CancellationToken cancellation)
    {
        var unfinished = file + ".partial";
        try
        {
            await using (var stream = File.Create(unfinished))
            {
                await client.QueryAs(sql, format == "table" ? "csv" : format, stream, cancellation);
            }
            File.Move(unfinished, file, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
