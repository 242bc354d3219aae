using System.Globalization;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Clusters;

/// <summary>
/// Orleans' reminders as states of their own beside those of the grains, so that they share the transactions, the versions and the
/// back ends. There is one per open sweep, so that a silo's share of the ring is found by reading them all.
/// </summary>
internal sealed class DatabaseReminders(GroupCommitGrainStorage storage) : IReminderTable
{
    private const string Kind = "orchestrator.reminder";

    public Task Init() => storage.Database.Start();

    public async Task<ReminderTableData> ReadRows(GrainId grainId) =>
        new(await List("grain_type = @kind and grain_key = @grain", ("kind", Kind), ("grain", grainId.ToString())));

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var all = await List("grain_type = @kind", ("kind", Kind));
        return new(all.Where(r => InRange(r.GrainId.GetUniformHashCode(), begin, end)));
    }

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        await storage.Read(KeyOf(grainId, reminderName)) is { } stored ? Entry(stored) : null;

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var key = KeyOf(entry.GrainId, entry.ReminderName);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Times(entry.StartAt, entry.Period), Json.Options);
        while (true)
        {
            var stored = await storage.Read(key);
            var next = stored is null ? GroupCommitGrainStorage.FirstVersion() : stored.Version + 1;
            if (await storage.TryWrite(new StateWrite(key, stored?.Version, next, payload, null)))
            {
                return Tag(next);
            }
        }
    }

    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        long.TryParse(eTag, NumberStyles.None, CultureInfo.InvariantCulture, out var version) &&
        await storage.TryWrite(new StateWrite(KeyOf(grainId, reminderName), version, 0, null, null));

    public async Task TestOnlyClearTable()
    {
        foreach (var entry in await List("grain_type = @kind", ("kind", Kind)))
        {
            await RemoveRow(entry.GrainId, entry.ReminderName, entry.ETag!);
        }
    }

    // The ring is a circle of hashes: a range that ends before it begins runs through zero.
    private static bool InRange(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private Task<IReadOnlyList<ReminderEntry>> List(string where, params (string, object)[] parameters) => storage.Database.List(
        $"select grain_key, state_name, version, payload from grain_states where {where} order by grain_key, state_name",
        reader => Entry(new StoredState(new StateKey(Kind, reader.GetString(0), reader.GetString(1)), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3))),
        parameters, CancellationToken.None);

    private static ReminderEntry Entry(StoredState stored)
    {
        var times = JsonSerializer.Deserialize<Times>(stored.Payload, Json.Options)!;
        return new ReminderEntry
        {
            GrainId = GrainId.Parse(stored.Key.GrainKey, CultureInfo.InvariantCulture),
            ReminderName = stored.Key.StateName,
            StartAt = times.StartAt,
            Period = times.Period,
            ETag = Tag(stored.Version),
        };
    }

    private static StateKey KeyOf(GrainId grainId, string reminderName) => new(Kind, grainId.ToString(), reminderName);

    private static string Tag(long version) => version.ToString(CultureInfo.InvariantCulture);

    private sealed record Times(DateTime StartAt, TimeSpan Period);
}
