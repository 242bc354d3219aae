using Microsoft.Data.Sqlite;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Sqlite;

/// <summary>Writes rows of one table, replacing those with the same key.</summary>
internal sealed class SqliteUpsert<TRow>(SqliteConnection connection, Table<TRow> table) : IDisposable
{
    private readonly SqliteStatement _statement = new(
        connection,
        table.Upsert($"values ({string.Join(", ", Enumerable.Range(0, table.Columns.Count).Select(i => $"@{i}"))}{(table.IsNumbered ? $", {SweepChanges.NewestOf("@0")}" : "")})"),
        [.. table.Columns.Select(c => c.Type)]);

    public void Run(IReadOnlyList<TRow> rows)
    {
        foreach (var row in rows)
        {
            for (var i = 0; i < table.Columns.Count; i++)
            {
                _statement.Set(i, table.Columns[i].Value(row));
            }
            _statement.Run();
        }
    }

    public void Dispose() => _statement.Dispose();
}
