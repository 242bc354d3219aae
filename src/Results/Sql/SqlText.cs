using System.Text.Json.Nodes;
using DuckDB.NET.Data;

namespace Orchestrator.Results.Sql;

/// <summary>What a query's text is, from the parser of the database itself: one statement that reads, and the tables that it names.</summary>
internal static class SqlText
{
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
        var tree = JsonNode.Parse(answer)!.AsObject();
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
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Collect(tree["statements"]!);
        return names;

        void Collect(JsonNode? node)
        {
            if (node is JsonArray array)
            {
                foreach (var item in array)
                {
                    Collect(item);
                }
            }
            else if (node is JsonObject part)
            {
                if ((part["type"] as JsonValue)?.ToString() == "BASE_TABLE" && (part["table_name"] as JsonValue)?.ToString() is { } name)
                {
                    names.Add(name);
                }
                foreach (var (_, value) in part)
                {
                    Collect(value);
                }
            }
        }
    }

    /// <summary>What the database says, without its hint lines.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
