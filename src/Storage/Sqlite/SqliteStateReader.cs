using Microsoft.Data.Sqlite;
using Orchestrator.Storage.Backends;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Sqlite;

/// <summary>Reads batches of grain states, each batch from one snapshot of the database. Used by one caller at a time.</summary>
internal sealed class SqliteStateReader(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _begin = new(connection, "begin");
    private readonly SqliteStatement _end = new(connection, "commit");
    private readonly SqliteStatement _select = new(
        connection, "select version, payload from grain_states where grain_type = @0 and grain_key = @1 and state_name = @2", Utf8, Utf8, Utf8);

    public StoredState?[] Read(IReadOnlyList<StateKey> keys)
    {
        var states = new StoredState?[keys.Count];
        _begin.Run();
        try
        {
            for (var i = 0; i < keys.Count; i++)
            {
                states[i] = Read(keys[i]);
            }
        }
        finally
        {
            _end.Run();
        }
        return states;
    }

    public void Dispose()
    {
        _begin.Dispose();
        _end.Dispose();
        _select.Dispose();
    }

    private StoredState? Read(StateKey key)
    {
        _select.Set(0, key.GrainType);
        _select.Set(1, key.GrainKey);
        _select.Set(2, key.StateName);
        using var reader = _select.Query();
        return reader.Read() ? new StoredState(key, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : null;
    }
}
