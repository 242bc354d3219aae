using System.Data.Common;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using DuckDB.NET.Data;
using Orchestrator.Contracts.Api;
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
    public Table Read(int most) => Guarded(() =>
    {
        Seal(null);
        using var command = Command(_sql);
        using var stop = _bound.Token.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        var columns = Columns(reader);
        var rows = new List<IReadOnlyList<object?>>();
        while (reader.Read())
        {
            if (rows.Count == most)
            {
                return new Table(columns, rows, true);
            }
            rows.Add(Row(reader, columns.Length));
        }
        return new Table(columns, rows, false);
    });

    /// <summary>All rows, one after another; columns first.</summary>
    internal void Stream(Action<IReadOnlyList<TableColumn>> head, Action<IReadOnlyList<object?>> row) => Guarded(() =>
    {
        Seal(null);
        using var command = Command(_sql);
        command.UseStreamingMode = true;
        using var stop = _bound.Token.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        var columns = Columns(reader);
        head(columns);
        while (reader.Read())
        {
            row(Row(reader, columns.Length));
        }
        return true;
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
            throw new SqlException(failure.Message.Trim(), failure);
        }
        catch (Exception strange) when (strange is InvalidCastException or NotImplementedException)
        {
            throw new SqlException($"a value of the answer cannot be given out ({strange.Message}): cast its column to a plain type, or to varchar", strange);
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

    private static object?[] Row(DbDataReader reader, int columns)
    {
        var row = new object?[columns];
        for (var i = 0; i < columns; i++)
        {
            row[i] = reader.IsDBNull(i) ? null : Plain(Value(reader, i));
        }
        return row;
    }

    /// <summary>A list of numbers can have an element that is null, which has to be asked for by type.</summary>
    private static object Value(DbDataReader reader, int column) => ElementOf(reader, column) is { IsValueType: true } element
        ? GetFieldValue.MakeGenericMethod(typeof(List<>).MakeGenericType(typeof(Nullable<>).MakeGenericType(element))).Invoke(reader, BindingFlags.DoNotWrapExceptions, null, [column], null)!
        : reader.GetValue(column);

    private static readonly MethodInfo GetFieldValue = typeof(DbDataReader).GetMethod(nameof(DbDataReader.GetFieldValue))!;

    /// <summary>A value as JSON and CSV have it: what is not finite is null, moments are text.</summary>
    private static object? Plain(object value) => value switch
    {
        double number => double.IsFinite(number) ? number : null,
        float number => float.IsFinite(number) ? number : null,
        DateTime at => new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        string or bool or byte or sbyte or short or ushort or int or uint or long or ulong or decimal => value,
        // Sums of whole numbers are wider than their parts.
        BigInteger large when large >= long.MinValue && large <= long.MaxValue => (long)large,
        BigInteger large when large >= 0 && large <= ulong.MaxValue => (ulong)large,
        BigInteger large => (double)large,
        System.Collections.IEnumerable list => list.Cast<object?>().Select(item => item is null ? null : Plain(item)).ToArray(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
