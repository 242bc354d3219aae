using Npgsql;
using NpgsqlTypes;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Postgres;

/// <summary>Rows as arrays, one per column, which the server turns back into rows: any number of rows is one statement with the same text.</summary>
internal sealed class PostgresColumns<TRow>(params IReadOnlyList<(string Name, ColumnType Type, Func<TRow, object?> Value)> columns)
{
    /// <summary>The rows as a table named <c>u</c>.</summary>
    public string Unnest { get; } =
        $"unnest({string.Join(", ", columns.Select((c, i) => $"${i + 1}::{NameOf(c.Type)}[]"))}) as u({string.Join(", ", columns.Select(c => c.Name))})";

    /// <summary>These columns and more.</summary>
    public PostgresColumns<TRow> And(params (string Name, ColumnType Type, Func<TRow, object?> Value)[] more) => new([.. columns, .. more]);

    /// <summary>The statement over these rows.</summary>
    public NpgsqlBatchCommand Command(string sql, IReadOnlyList<TRow> rows)
    {
#pragma warning disable CA2100 // Put together from names of tables and columns in this assembly; values are parameters.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var (_, type, value) in columns)
        {
            command.Parameters.Add(Array(type, rows, value));
        }
        return command;
    }

    private static NpgsqlParameter Array(ColumnType type, IReadOnlyList<TRow> rows, Func<TRow, object?> value) => type switch
    {
        ColumnType.Utf8 => Array(rows, row => (string?)value(row), NpgsqlDbType.Text),
        ColumnType.Integer => Array(rows, row => (int?)value(row), NpgsqlDbType.Integer),
        ColumnType.Long => Array(rows, row => (long?)value(row), NpgsqlDbType.Bigint),
        ColumnType.Real => Array(rows, row => (double?)value(row), NpgsqlDbType.Double),
        ColumnType.Bytes => Array(rows, row => (byte[]?)value(row), NpgsqlDbType.Bytea),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of a column"),
    };

    private static NpgsqlParameter<T[]> Array<T>(IReadOnlyList<TRow> rows, Func<TRow, T> value, NpgsqlDbType type)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(rows[i]);
        }
        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    private static string NameOf(ColumnType type) => type switch
    {
        ColumnType.Utf8 => "text",
        ColumnType.Integer => "integer",
        ColumnType.Long => "bigint",
        ColumnType.Real => "double precision",
        ColumnType.Bytes => "bytea",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of a column"),
    };
}
