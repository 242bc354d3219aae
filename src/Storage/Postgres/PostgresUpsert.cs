using Npgsql;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Postgres;

/// <summary>Writes rows of one table, replacing those with the same key.</summary>
internal static class PostgresUpsert
{
    /// <summary>Adds the statement for the rows, if there are any. Of two with one key the later stays, as if they were written in turn.</summary>
    public static void Add<TRow>(NpgsqlBatch batch, Table<TRow> table, IEnumerable<TRow> rows)
    {
        // In the order of keys: transactions that write the same rows take their locks in one order.
        var ordered = new SortedDictionary<IComparable, TRow>();
        foreach (var row in rows)
        {
            ordered[table.KeyOf(row)] = row;
        }
        if (ordered.Count > 0)
        {
            var columns = new PostgresColumns<TRow>([.. table.Columns.Select(c => (c.Name, c.Type, c.Value))]);
            batch.BatchCommands.Add(columns.Command(table.Upsert($"select u.*{(table.IsNumbered ? $", {SweepChanges.NewestOf($"u.{table.Columns[0].Name}")}" : "")} from {columns.Unnest}"), [.. ordered.Values]));
        }
    }
}
