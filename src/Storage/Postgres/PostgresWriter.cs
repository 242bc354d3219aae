using Npgsql;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Postgres;

/// <summary>
/// Writes a batch of grain states with their rows in one transaction: at most three statements decide which states fit, then at
/// most three write the rows of those that did. Each takes whole columns as arrays. No key may stand twice in a batch.
/// </summary>
internal static class PostgresWriter
{
    private const string Key = "s.grain_type = u.grain_type and s.grain_key = u.grain_key and s.state_name = u.state_name";

    private static readonly PostgresColumns<StateWrite> Keys = new(
        ("grain_type", Utf8, w => w.Key.GrainType), ("grain_key", Utf8, w => w.Key.GrainKey), ("state_name", Utf8, w => w.Key.StateName));
    private static readonly PostgresColumns<StateWrite> Inserts = Keys.And(("version", Long, w => w.Next), ("payload", Bytes, w => w.Payload));
    private static readonly PostgresColumns<StateWrite> Updates = Inserts.And(("expected", Long, w => w.Expected));
    private static readonly PostgresColumns<StateWrite> Deletes = Keys.And(("expected", Long, w => w.Expected));

    private static readonly PostgresColumns<string> Changed = new(("sweep_id", Utf8, sweep => Stored.Text(sweep)));

    private static readonly string CountUp = SweepChanges.CountUp($"select u.sweep_id, 1 from {Changed.Unnest} order by u.sweep_id collate \"C\"");
    private static readonly string Insert =
        $"insert into grain_states as s (grain_type, grain_key, state_name, version, payload) select * from {Inserts.Unnest} " +
        "on conflict do nothing returning s.grain_type, s.grain_key, s.state_name";
    private static readonly string Update =
        $"update grain_states s set version = u.version, payload = u.payload from {Updates.Unnest} " +
        $"where {Key} and s.version = u.expected returning s.grain_type, s.grain_key, s.state_name";
    private static readonly string Delete =
        $"delete from grain_states s using {Deletes.Unnest} where {Key} and s.version = u.expected returning s.grain_type, s.grain_key, s.state_name";

    public static async Task<IReadOnlyList<bool>> Commit(NpgsqlConnection connection, IReadOnlyList<StateWrite> writes)
    {
        if (!writes.Any(w => w.Rows is not null))
        {
            return await WriteStates(connection, writes);   // one batch is one transaction, in one round trip
        }
        await using var transaction = await connection.BeginTransactionAsync();
        var written = await WriteStates(connection, writes);
        await WriteRows(connection, [.. writes.Where((w, i) => written[i] && w.Rows is not null).Select(w => w.Rows!)]);
        await transaction.CommitAsync();
        return written;
    }

    private static async Task<bool[]> WriteStates(NpgsqlConnection connection, IReadOnlyList<StateWrite> writes)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, Insert, Inserts, [.. writes.Where(w => w.Expected is null)]);
        Add(batch, Update, Updates, [.. writes.Where(w => w.Expected is not null && w.Payload is not null)]);
        Add(batch, Delete, Deletes, [.. writes.Where(w => w.Expected is not null && w.Payload is null)]);

        var places = new Dictionary<StateKey, int>(writes.Count);
        for (var i = 0; i < writes.Count; i++)
        {
            places.Add(writes[i].Key, i);
        }
        var written = new bool[writes.Count];
        await using var reader = await batch.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
            {
                written[places[new StateKey(reader.GetString(0), reader.GetString(1), reader.GetString(2))]] = true;
            }
        }
        while (await reader.NextResultAsync());
        return written;
    }

    private static async Task WriteRows(NpgsqlConnection connection, IReadOnlyList<RowSet> sets)
    {
        await using var batch = new NpgsqlBatch(connection);
        PostgresUpsert.Add(batch, Tables.Facts, sets.SelectMany(s => s.Facts));
        if (SweepChanges.Of(sets) is { Length: > 0 } sweeps)
        {
            batch.BatchCommands.Add(Changed.Command(CountUp, sweeps)); // from here to the commit others that change these sweeps wait
        }
        PostgresUpsert.Add(batch, Tables.Sweeps, sets.SelectMany(s => s.Sweeps));
        PostgresUpsert.Add(batch, Tables.Runs, sets.SelectMany(s => s.Runs));
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync();
        }
    }

    private static void Add(NpgsqlBatch batch, string sql, PostgresColumns<StateWrite> columns, IReadOnlyList<StateWrite> writes)
    {
        if (writes.Count > 0)
        {
            batch.BatchCommands.Add(columns.Command(sql, writes));
        }
    }
}
