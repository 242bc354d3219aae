using System.Collections;
using System.Data.Common;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using DuckDB.NET.Data;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.DuckDb;

namespace Orchestrator.Results.Sql;

/// <summary>The rows of a query, as they are computed. For one reader; disposing it ends the query.</summary>
public sealed class SqlAnswer : IDisposable
{
    private readonly DuckDBConnection _connection;
    private readonly string _sql;
    private readonly IReadOnlyList<string> _files;
    private readonly SqlLimits _limits;
    private readonly CancellationTokenSource _bound;
    private readonly CancellationToken _asked;

    internal SqlAnswer(DuckDBConnection connection, string sql, IReadOnlyList<string> files, SqlLimits limits, CancellationTokenSource bound, CancellationToken asked) =>
        (_connection, _sql, _files, _limits, _bound, _asked) = (connection, sql, files, limits, bound, asked);

    /// <summary>The first rows as a document, with a word on whether there are more.</summary>
    public Table Read(int most)
    {
        var (columns, rows) = (default(IReadOnlyList<TableColumn>), new List<IReadOnlyList<object?>>());
        var truncated = Stream(most, heads => columns = heads, rows.Add);
        return new Table(columns!, rows, truncated);
    }

    /// <summary>The first rows, one after another; columns first. Whether there are more.</summary>
    internal bool Stream(long most, Action<IReadOnlyList<TableColumn>> head, Action<IReadOnlyList<object?>> row) => Guarded(() =>
    {
        Seal(null);
        using var command = Command(_sql);
        command.UseStreamingMode = true;
        using var stop = _bound.Token.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        var columns = Columns(reader);
        head(columns);
        for (var rows = 0L; reader.Read(); rows++)
        {
            if (rows == most)
            {
                return true;
            }
            row(Row(reader, columns));
        }
        _bound.Token.ThrowIfCancellationRequested();
        return false;
    });

    /// <summary>Writes all rows into a Parquet file.</summary>
    internal void WriteParquet(string path) => Guarded(() =>
    {
        Seal(path);
        // The text is one SELECT; a comment at its end must not swallow the bracket.
        using var command = Command($"copy (\n{_sql.Trim().TrimEnd(';')}\n) to {Databases.Literal(path)} (format parquet, compression zstd)");
        using var stop = _bound.Token.Register(command.Cancel);
        command.ExecuteNonQuery();
        return true;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _bound.Cancel();
        _connection.Dispose();
        _bound.Dispose();
    }

    internal static SqlException TooLong(SqlLimits limits) => new($"the query took longer than {limits.Time.TotalSeconds:0} s and was stopped: ask for fewer rows, or of fewer runs");

    /// <summary>From here on the database reaches nothing outside but the segments and one file to write, if any, and no setting changes.</summary>
    private void Seal(string? writes)
    {
        var allowed = _files.Concat(writes is null ? Array.Empty<string>() : [writes]).Select(Databases.Literal);
        Databases.Execute(_connection, $"set allowed_paths = [{string.Join(", ", allowed)}]; set enable_external_access = false; set lock_configuration = true");
    }

    private DuckDBCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // A query is what its asker writes: it was parsed as one SELECT, and the database it runs in holds copies alone.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception stopped) when (_bound.IsCancellationRequested && stopped is DuckDBException or OperationCanceledException)
        {
            _asked.ThrowIfCancellationRequested();
            throw TooLong(_limits);
        }
        catch (DuckDBException failure)
        {
            throw new SqlException(SqlText.Reason(failure.Message), failure);
        }
        catch (OperationCanceledException failure) when (!_bound.IsCancellationRequested) // a thread of the database that was stopped told before the one that failed
        {
            throw new SqlException("the query failed half way, on a thread whose reason the database did not pass on: ask again, or of fewer rows", failure);
        }
        catch (Exception strange) when (strange is not (SqlException or OperationCanceledException or IOException or UnauthorizedAccessException)) // a type that the reader does not know
        {
            throw new SqlException($"a column of the answer cannot be given out ({strange.Message}): cast it to a plain type, or to varchar", strange);
        }
    }

    private static TableColumn[] Columns(DbDataReader reader) =>
        [.. Enumerable.Range(0, reader.FieldCount).Select(i => new TableColumn(reader.GetName(i), TypeOf(reader, i)))];

    /// <summary>Names of types as SQL has them.</summary>
    private static readonly Dictionary<Type, string> Types = new()
    {
        [typeof(bool)] = "boolean",
        [typeof(sbyte)] = "tinyint",
        [typeof(short)] = "smallint",
        [typeof(int)] = "integer",
        [typeof(long)] = "bigint",
        [typeof(byte)] = "utinyint",
        [typeof(ushort)] = "usmallint",
        [typeof(uint)] = "uinteger",
        [typeof(ulong)] = "ubigint",
        [typeof(BigInteger)] = "hugeint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "varchar",
        [typeof(DateTime)] = "timestamp",
    };

    private static string TypeOf(DbDataReader reader, int column) => ElementOf(reader, column) is { } element
        ? Types.GetValueOrDefault(element, "list") + (Types.ContainsKey(element) ? "[]" : "")
        : Types.GetValueOrDefault(reader.GetFieldType(column), reader.GetDataTypeName(column).ToLowerInvariant());

    /// <summary>What the elements of a list are; null of a column without lists.</summary>
    private static Type? ElementOf(DbDataReader reader, int column) =>
        reader.GetFieldType(column) is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(List<>) ? type.GetGenericArguments()[0] : null;

    private static object?[] Row(DbDataReader reader, TableColumn[] columns)
    {
        var row = new object?[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            try
            {
                row[i] = reader.IsDBNull(i) ? null : Plain(Value(reader, i));
            }
            catch (Exception strange) when (strange is not (DuckDBException or OperationCanceledException)) // the database has values that no type here has
            {
                var reason = strange is InvalidDataException ? $" ({strange.Message})" : ""; // others speak of types that SQL has not
                throw new SqlException(
                    $"column '{columns[i].Name}' ({columns[i].Type}) has a value that cannot be given out{reason}: cast it to varchar or to another plain type; of a long text ask for a part", strange);
            }
        }
        return row;
    }

    /// <summary>A list of numbers can have an element that is null, which has to be asked for by type.</summary>
    private static object Value(DbDataReader reader, int column) => ElementOf(reader, column) is { IsValueType: true } element
        ? GetFieldValue.MakeGenericMethod(typeof(List<>).MakeGenericType(typeof(Nullable<>).MakeGenericType(element))).Invoke(reader, BindingFlags.DoNotWrapExceptions, null, [column], null)!
        : reader.GetValue(column);

    private static readonly MethodInfo GetFieldValue = typeof(DbDataReader).GetMethod(nameof(DbDataReader.GetFieldValue))!;

    /// <summary>Characters of a text, or bytes of a blob: more fit no cell of a document.</summary>
    private const int LongestText = 16_000_000;

    /// <summary>A value as JSON and CSV have it: what is not finite is null, days and moments are text as of ISO 8601, blobs are text in base 64.</summary>
    private static object? Plain(object value) => value switch
    {
        double number => double.IsFinite(number) ? number : null,
        float number => float.IsFinite(number) ? number : null,
        DateTime at => new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture), // a time of day with a zone
        string { Length: > LongestText } text => throw TooLarge(text.Length, "characters"),
        Stream { Length: > LongestText } blob => throw TooLarge(blob.Length, "bytes"),
        Stream blob => Base64(blob),
        string or bool or byte or sbyte or short or ushort or int or uint or long or ulong or decimal => value,
        // Sums of whole numbers are wider than their parts.
        BigInteger large when large >= long.MinValue && large <= long.MaxValue => (long)large,
        BigInteger large when large >= 0 && large <= ulong.MaxValue => (ulong)large,
        BigInteger large => JsonElement.Parse(large.ToString(CultureInfo.InvariantCulture)), // exact, and a number
        IDictionary pairs => Members(pairs),
        IEnumerable list => list.Cast<object?>().Select(item => item is null ? null : Plain(item)).ToArray(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    /// <summary>A struct, or a map, whose keys become text.</summary>
    private static Dictionary<string, object?> Members(IDictionary pairs)
    {
        var members = new Dictionary<string, object?>();
        foreach (DictionaryEntry pair in pairs)
        {
            members[Csv.TextOf(Plain(pair.Key) ?? "")] = pair.Value is null ? null : Plain(pair.Value);
        }
        return members;
    }

    private static string Base64(Stream blob)
    {
        using var content = new MemoryStream();
        blob.CopyTo(content);
        return Convert.ToBase64String(content.GetBuffer(), 0, (int)content.Length);
    }

    private static InvalidDataException TooLarge(long length, string unit) => new(string.Create(CultureInfo.InvariantCulture, $"{length} {unit}, and {LongestText} are the most"));
}
