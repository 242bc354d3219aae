using Microsoft.Data.Sqlite;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Sqlite;

/// <summary>Writes lines of logs and removes what is too old, in one transaction.</summary>
internal static class SqliteRunLogs
{
    public static void Append(SqliteConnection connection, IReadOnlyList<RunLogEntry> lines, int keep)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        using (var insert = new SqliteUpsert<RunLogEntry>(connection, Tables.RunLogs))
        {
            insert.Run(lines);
        }
        using var trim = new SqliteStatement(
            connection,
            "delete from run_logs where run_id = @0 and at <= (select at from run_logs where run_id = @0 order by at desc limit 1 offset @1)",
            Utf8, Integer);
        trim.Set(1, keep);
        foreach (var run in lines.Select(l => Stored.Text(l.RunId)).Distinct())
        {
            trim.Set(0, run);
            trim.Run();
        }
        transaction.Commit();
    }
}
