using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Results.Sql;

/// <summary>What a query's text is, from the parser of the database itself: one statement that reads, and the tables that it names.</summary>
internal static partial class SqlText
{
    /// <summary>A sum of 30 terms is deeper than the usual 64.</summary>
    private const int DeepestText = 1_000;

    /// <summary>The names of all tables in the text, those of its own parts included. Throws <see cref="SqlException"/> if it is anything but one SELECT.</summary>
    public static IReadOnlySet<string> Tables(DuckDBConnection connection, string sql)
    {
        if (string.IsNullOrWhiteSpace(sql))
        {
            throw new SqlException("the query is empty: give a SELECT over runs, heads, pairs, curves, terms or circuits");
        }
        using var command = connection.CreateCommand();
        command.CommandText = "select json_serialize_sql($sql::varchar)"; // it knows SELECT and nothing else
        command.Parameters.Add(new DuckDBParameter("sql", sql));
        string answer;
        try
        {
            answer = (string)command.ExecuteScalar()!;
        }
        catch (DuckDBException failure)
        {
            throw new SqlException($"the query cannot be read: {FirstLine(failure.Message)}", failure);
        }
        JsonObject tree;
        try
        {
            tree = JsonNode.Parse(answer, documentOptions: new JsonDocumentOptions { MaxDepth = DeepestText })!.AsObject();
        }
        catch (JsonException failure) // the database writes infinity as no JSON has it
        {
            throw new SqlException("the query cannot be read: a number in it is larger than a double can be (write 'inf'::double for infinity), or it is nested too deep", failure);
        }
        if (tree["error"]!.GetValue<bool>())
        {
            var (type, message) = ((string?)tree["error_type"], (string?)tree["error_message"]);
            throw new SqlException(type == "not implemented"
                ? "a query only reads: it must be one SELECT (or WITH … SELECT)"
                : $"the query cannot be read: {message}");
        }
        if (tree["statements"]!.AsArray().Count != 1)
        {
            throw new SqlException($"{tree["statements"]!.AsArray().Count} statements were given: ask one SELECT at a time");
        }
        return Json.Objects(tree["statements"]).Where(part => Text(part, "type") == "BASE_TABLE").Select(part => Text(part, "table_name")).OfType<string>()
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        static string? Text(JsonObject part, string member) => (part[member] as JsonValue)?.ToString();
    }

    /// <summary>Why a query failed: what the database says of it, with advice that can be followed here in the place of its own.</summary>
    public static string Reason(string message) =>
        UnknownTable().Match(message) is { Success: true } unknown
            ? $"table {unknown.Groups["name"].Value} does not exist: there are {string.Join(", ", ResultTables.All.Select(table => table.Name))}"
        : message.StartsWith("Out of Memory Error", StringComparison.OrdinalIgnoreCase) // the rest advises settings, which are sealed
            ? $"{FirstLine(message)}: ask for fewer rows, or of fewer runs; sorts and groups of fewer columns take less"
        : message.Trim();

    [GeneratedRegex("^Catalog Error: Table with name (?<name>.+?) does not exist!")]
    private static partial Regex UnknownTable();

    /// <summary>What the database says, without its hint lines.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
