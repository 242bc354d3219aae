using System.Globalization;
using DuckDB.NET.Data;

namespace Orchestrator.Results.DuckDb;

/// <summary>A Parquet file and the runs of it that do not count.</summary>
internal sealed record SegmentPart(string Path, RunSet Superseded);

/// <summary>Databases in memory, each of one question or one segment.</summary>
internal static class Databases
{
    /// <summary>The schema that the rows of tables lie in; what is asked are views of it.</summary>
    public const string Stored = "stored";

    /// <summary>An empty database.</summary>
    /// <param name="megabytes">Memory that it may take.</param>
    /// <param name="spill">Folder for what needs more, or null if that fails.</param>
    /// <param name="file">Where it is kept, or null for one that goes with its connection.</param>
    public static DuckDBConnection Open(int megabytes, string? spill = null, string? file = null) =>
        Connected($"DataSource={file ?? ":memory:"}", megabytes, spill, $"create schema {Stored}");

    /// <summary>A database that was made before, to read it.</summary>
    public static DuckDBConnection OpenFile(string file, int megabytes) => Connected($"DataSource={file};ACCESS_MODE=READ_ONLY", megabytes, null, "");

    private static DuckDBConnection Connected(string source, int megabytes, string? spill, string more)
    {
        var connection = new DuckDBConnection(source);
        try
        {
            connection.Open();
            Execute(connection, string.Create(
                CultureInfo.InvariantCulture,
                $"set memory_limit = '{megabytes}MB'; set temp_directory = {Literal(spill ?? "")}; set autoinstall_known_extensions = false; set autoload_known_extensions = false; {more}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A select of columns over the rows of segment files that count.</summary>
    public static string Select(DuckDBConnection connection, string columns, IReadOnlyList<SegmentPart> parts)
    {
        var selects = new List<string>();
        var whole = parts.Where(part => part.Superseded.Count == 0).Select(part => Literal(part.Path)).ToArray();
        if (whole.Length > 0)
        {
            selects.Add($"select {columns} from read_parquet([{string.Join(", ", whole)}])");
        }
        foreach (var part in parts.Where(part => part.Superseded.Count > 0))
        {
            var superseded = $"{Stored}.superseded_{Guid.NewGuid():N}";
            Execute(connection, $"create table {superseded} ({Tables.TableRows.RunIndex} bigint)");
            using (var rows = connection.CreateAppender(Stored, superseded[(Stored.Length + 1)..]))
            {
                foreach (var run in part.Superseded.Runs)
                {
                    rows.CreateRow().AppendValue((long)run).EndRow();
                }
            }
            selects.Add($"select {columns} from read_parquet({Literal(part.Path)}) where {Tables.TableRows.RunIndex} not in (select {Tables.TableRows.RunIndex} from {superseded})");
        }
        return string.Join(" union all ", selects);
    }

    /// <summary>A text as SQL has it.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as SQL has it.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Runs a statement of this program; its first value, if it has any.</summary>
    public static object? Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Text of this program, and names and paths in quotes.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
