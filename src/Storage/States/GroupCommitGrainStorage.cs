using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using Orleans.Storage;

namespace Orchestrator.Storage.States;

/// <summary>
/// Grain state as JSON rows with a version each. Writes that arrive together share one transaction; a write whose version was
/// overtaken fails alone with <see cref="InconsistentStateException"/>. A state that is <see cref="IListed"/> leaves its rows in
/// the same transaction. A write is acknowledged when it is durable.
/// </summary>
/// <remarks>
/// A version starts at a random number and grows by one, so that the version of a state that was cleared never fits the state that
/// follows it. If a write fails for another reason than its version (a lost connection), it may still have happened: the next
/// write then finds its version overtaken, and Orleans activates the grain anew from what is stored.
/// </remarks>
public sealed class GroupCommitGrainStorage : IGrainStorage, IAsyncDisposable
{
    private readonly Database _database;
    private readonly JsonSerializerOptions _json;
    private readonly Batcher<StateWrite, bool> _writes;
    private readonly Batcher<StateKey, StoredState?> _reads;

    internal GroupCommitGrainStorage(Database database, StorageOptions options)
    {
        _database = database;
        _json = options.Json;
        _writes = new(new(options.BatchLimit, options.BatchBytes, w => w.Bytes, w => w.Key), writes => StorageInstruments.Commit(database, writes), database.IsOneItemsFault);
        _reads = new(new(options.BatchLimit, int.MaxValue, _ => 0, key => key), database.Read, database.IsOneItemsFault);
    }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        if (await Read(key) is { } stored)
        {
            grainState.State = ParseOrSay<T>(stored);
            grainState.ETag = Spell(stored.Version);
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = grainState.RecordExists || grainState.State is null ? Activator.CreateInstance<T>() : grainState.State;
            grainState.ETag = null;
            grainState.RecordExists = false;
        }
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // Everything that reads the state happens before the first await: on the grain's turn.
        var key = KeyOf(stateName, grainId);
        var payload = JsonSerializer.SerializeToUtf8Bytes(grainState.State, _json);
        RowSet? rows = null;
        if (grainState.State is IListed listed)
        {
            listed.Collect(rows = new RowSet());
        }
        var expected = Parse(key, grainState.ETag);
        var next = expected is { } version ? version + 1 : FirstVersion();
        await Write(new StateWrite(key, expected, next, payload, rows));
        if (rows is not null)
        {
            Changes.Written(rows);
        }
        grainState.ETag = Spell(next);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        if (Parse(key, grainState.ETag) is { } expected)
        {
            await Write(new StateWrite(key, expected, 0, null, null));
        }
        else if (await Read(key) is { } stored)
        {
            throw Overtaken(key, stored.Version, null);
        }
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    /// <summary>What was written here.</summary>
    public CatalogueChanges Changes { get; } = new();

    /// <summary>Finishes what is queued.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        await _reads.DisposeAsync();
    }

    internal static long FirstVersion() => RandomNumberGenerator.GetInt32(int.MaxValue) * (1L << 30) + RandomNumberGenerator.GetInt32(1 << 30) + 1;

    internal Task<StoredState?> Read(StateKey key) => _reads.Submit(key);

    /// <summary>Writes unless the version was overtaken, and says whether it did.</summary>
    internal Task<bool> TryWrite(StateWrite write) => _writes.Submit(write);

    internal Database Database => _database;

    private async Task Write(StateWrite write)
    {
        if (!await TryWrite(write))
        {
            throw Overtaken(write.Key, (await Read(write.Key))?.Version, write.Expected);
        }
    }

    private T ParseOrSay<T>(StoredState stored)
    {
        try
        {
            return Parse<T>(stored);
        }
        catch (StorageException wrong) when (Activator.CreateInstance<T>() is IUnreadable empty)
        {
            empty.Unreadable = wrong.Message;
            return (T)empty;
        }
    }

    private T Parse<T>(StoredState stored)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(stored.Payload, _json)
                ?? throw new StorageException($"state {stored.Key} is stored as null: it was not written by this program");
        }
        catch (JsonException wrong)
        {
            throw new StorageException($"state {stored.Key} cannot be read as {typeof(T).Name}: {wrong.Message}", wrong);
        }
    }

    private static InconsistentStateException Overtaken(StateKey key, long? stored, long? expected) => new(
        $"state {key} was to be written over {Describe(expected)}, but {Describe(stored)} is stored: another activation wrote it",
        Spell(stored), Spell(expected));

    private static string Describe(long? version) => version is { } v ? $"version {v}" : "nothing";

    private static StateKey KeyOf(string stateName, GrainId grainId) => new(grainId.Type.ToString()!, grainId.Key.ToString()!, stateName);

    private static string Spell(long? version) => version?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static long? Parse(StateKey key, string? tag)
    {
        if (string.IsNullOrEmpty(tag))
        {
            return null;
        }
        return long.TryParse(tag, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new InconsistentStateException($"state {key} has the tag '{tag}', which this storage never gave: read the state before writing it");
    }
}
