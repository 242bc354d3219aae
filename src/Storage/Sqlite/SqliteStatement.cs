using Microsoft.Data.Sqlite;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Sqlite;

/// <summary>A statement that is prepared once and run with values by position.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand _command;

    /// <param name="connection">The connection it belongs to.</param>
    /// <param name="sql">Text with parameters <c>@0</c>, <c>@1</c>, ….</param>
    /// <param name="types">Their types in order.</param>
    public SqliteStatement(SqliteConnection connection, string sql, params IReadOnlyList<ColumnType> types)
    {
        _command = connection.CreateCommand();
#pragma warning disable CA2100 // Put together from names of tables and columns in this assembly; values are parameters.
        _command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < types.Count; i++)
        {
            _command.Parameters.Add(new SqliteParameter($"@{i}", TypeOf(types[i])));
        }
    }

    public void Set(int parameter, object? value) => _command.Parameters[parameter].Value = value ?? DBNull.Value;

    /// <summary>Runs it and returns the number of rows it changed.</summary>
    public int Run() => _command.ExecuteNonQuery();

    /// <summary>Runs it for its rows.</summary>
    public SqliteDataReader Query() => _command.ExecuteReader();

    public void Dispose() => _command.Dispose();

    private static SqliteType TypeOf(ColumnType type) => type switch
    {
        ColumnType.Utf8 => SqliteType.Text,
        ColumnType.Integer or ColumnType.Long => SqliteType.Integer,
        ColumnType.Real => SqliteType.Real,
        ColumnType.Bytes => SqliteType.Blob,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of a column"),
    };
}
