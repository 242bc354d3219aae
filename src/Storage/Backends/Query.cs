using System.Data.Common;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Backends;

/// <summary>Reading with SQL that both back ends understand.</summary>
internal static class Query
{
    public static async Task<IReadOnlyList<TRow>> List<TRow>(
        this Database database, string sql, Func<DbDataReader, TRow> read, (string Name, object Value)[] parameters, CancellationToken cancellation) =>
        await database.Naming(async () => await List(await database.Open(cancellation), sql, read, parameters, cancellation));

    /// <summary>The same of a table of listed rows, without those that cannot be read.</summary>
    public static Task<IReadOnlyList<TRow>> List<TRow>(
        this Database database, UnreadableRows unreadable, string table, string sql, Func<DbDataReader, TRow> read, (string Name, object Value)[] parameters, CancellationToken cancellation) where TRow : class =>
        database.Naming<IReadOnlyList<TRow>>(async () =>
            [.. (await List(await database.Open(cancellation), sql, reader => unreadable.TryRead(table, reader, read, out var row) ? row : null, parameters, cancellation)).OfType<TRow>()]);

    /// <summary>Does something with the database; a failure that concerns it as a whole names it.</summary>
    public static async Task<T> Naming<T>(this Database database, Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (DbException failure) when (database.Damage(failure) is { } damage)
        {
            throw damage;
        }
    }

    private static async Task<IReadOnlyList<TRow>> List<TRow>(
        DbConnection opened, string sql, Func<DbDataReader, TRow> read, (string Name, object Value)[] parameters, CancellationToken cancellation)
    {
        await using var connection = opened;
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<TRow>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public static DbCommand Command(DbConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is put together from names of tables and columns in this assembly; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value is string text ? Stored.Text(text) : value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
