using Npgsql;
using Orchestrator.Storage.Backends;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Postgres;

/// <summary>Reads a batch of grain states in one round trip.</summary>
internal static class PostgresStateReader
{
    private static readonly PostgresColumns<(int Place, StateKey Key)> Keys = new(
        ("place", Integer, k => k.Place), ("grain_type", Utf8, k => k.Key.GrainType), ("grain_key", Utf8, k => k.Key.GrainKey), ("state_name", Utf8, k => k.Key.StateName));

    private static readonly string Select =
        $"select u.place, s.version, s.payload from {Keys.Unnest} " +
        "join grain_states s on s.grain_type = u.grain_type and s.grain_key = u.grain_key and s.state_name = u.state_name";

    public static async Task<IReadOnlyList<StoredState?>> Read(NpgsqlConnection connection, IReadOnlyList<StateKey> keys)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Keys.Command(Select, [.. keys.Select((key, place) => (place, key))]));
        var states = new StoredState?[keys.Count];
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var place = reader.GetInt32(0);
            states[place] = new StoredState(keys[place], reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
        }
        return states;
    }
}
