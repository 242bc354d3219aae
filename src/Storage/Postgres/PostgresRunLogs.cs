using Npgsql;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Postgres;

/// <summary>Writes lines of logs and removes what is too old, in one round trip and one transaction.</summary>
internal static class PostgresRunLogs
{
    private static readonly PostgresColumns<(string Run, int Surplus)> Runs = new(("run_id", Utf8, r => r.Run), ("surplus", Integer, r => r.Surplus));

    private static readonly string Trim =
        "delete from run_logs l using (" +
        $"select u.run_id, (select n.at from run_logs n where n.run_id = u.run_id order by n.at desc offset u.surplus limit 1) as last from {Runs.Unnest}" +
        ") old where l.run_id = old.run_id and l.at <= old.last";

    public static async Task Append(NpgsqlConnection connection, IReadOnlyList<RunLogEntry> lines, int keep, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        PostgresUpsert.Add(batch, Tables.RunLogs, lines);
        batch.BatchCommands.Add(Runs.Command(Trim, [.. lines.Select(l => Stored.Text(l.RunId)!).Distinct().Order(StringComparer.Ordinal).Select(run => (run, keep))]));
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
