using Microsoft.Data.Sqlite;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using SQLitePCL;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Sqlite;

/// <summary>Writes batches of grain states with their rows, each batch in one transaction. Used by one caller at a time.</summary>
internal sealed class SqliteWriter(SqliteConnection connection) : IDisposable
{
    private const string Key = "grain_type = @0 and grain_key = @1 and state_name = @2";

    private readonly SqliteStatement _begin = new(connection, "begin immediate");
    private readonly SqliteStatement _commit = new(connection, "commit");
    private readonly SqliteStatement _rollback = new(connection, "rollback");
    private readonly SqliteStatement _insert = new(
        connection, "insert into grain_states (grain_type, grain_key, state_name, version, payload) values (@0, @1, @2, @3, @4) on conflict do nothing",
        Utf8, Utf8, Utf8, Long, Bytes);
    private readonly SqliteStatement _update = new(
        connection, $"update grain_states set version = @3, payload = @4 where {Key} and version = @5", Utf8, Utf8, Utf8, Long, Bytes, Long);
    private readonly SqliteStatement _delete = new(connection, $"delete from grain_states where {Key} and version = @3", Utf8, Utf8, Utf8, Long);
    private readonly SqliteStatement _countUp = new(connection, SweepChanges.CountUp("values (@0, 1)"), Utf8);
    private readonly SqliteUpsert<SweepRow> _sweeps = new(connection, Tables.Sweeps);
    private readonly SqliteUpsert<RunRow> _runs = new(connection, Tables.Runs);
    private readonly SqliteUpsert<FactRow> _facts = new(connection, Tables.Facts);

    public bool[] Commit(IReadOnlyList<StateWrite> writes)
    {
        _begin.Run();
        try
        {
            var written = new bool[writes.Count];
            for (var i = 0; i < writes.Count; i++)
            {
                written[i] = Apply(writes[i]);
            }
            _commit.Run();
            return written;
        }
        catch
        {
            // A full disk and the like have rolled back already.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
            {
                _rollback.Run();
            }
            throw;
        }
    }

    public void Dispose()
    {
        foreach (IDisposable statement in (IDisposable[])[_begin, _commit, _rollback, _insert, _update, _delete, _countUp, _sweeps, _runs, _facts])
        {
            statement.Dispose();
        }
    }

    private bool Apply(StateWrite write)
    {
        var found = write switch
        {
            { Payload: null, Expected: { } expected } => Run(_delete, write.Key, expected),
            { Expected: { } expected } => Run(_update, write.Key, write.Next, write.Payload, expected),
            _ => Run(_insert, write.Key, write.Next, write.Payload),
        };
        if (found && write.Rows is { } rows)
        {
            foreach (var sweep in SweepChanges.Of([rows]))
            {
                _countUp.Set(0, Stored.Text(sweep));
                _countUp.Run();
            }
            _sweeps.Run(rows.Sweeps);
            _runs.Run(rows.Runs);
            _facts.Run(rows.Facts);
        }
        return found;
    }

    private static bool Run(SqliteStatement statement, StateKey key, params ReadOnlySpan<object?> values)
    {
        statement.Set(0, key.GrainType);
        statement.Set(1, key.GrainKey);
        statement.Set(2, key.StateName);
        for (var i = 0; i < values.Length; i++)
        {
            statement.Set(3 + i, values[i]);
        }
        return statement.Run() == 1;
    }
}
