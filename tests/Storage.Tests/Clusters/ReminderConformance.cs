using Orchestrator.Storage.Clusters;
using Orchestrator.Storage.Tests.Backends;

namespace Orchestrator.Storage.Tests.Clusters;

/// <summary>What Orleans relies on in a reminder table.</summary>
public abstract class ReminderConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private DatabaseReminders Reminders => new(Storage);

    private static ReminderEntry Entry(string grain, string name, int minutes = 1) =>
        new() { GrainId = Grain(grain), ReminderName = name, StartAt = Noon.AddTicks(1), Period = TimeSpan.FromMinutes(minutes) };

    [Fact]
    public async Task A_reminder_is_read_back_with_its_times_and_the_tag_of_its_write()
    {
        var tag = await Reminders.UpsertRow(Entry("sweep/ä", "supervise"));

        var read = await Reminders.ReadRow(Grain("sweep/ä"), "supervise");

        Assert.NotNull(read);
        Assert.Equal((Grain("sweep/ä"), "supervise", Noon.AddTicks(1), DateTimeKind.Utc, TimeSpan.FromMinutes(1), tag),
            (read.GrainId, read.ReminderName, read.StartAt, read.StartAt.Kind, read.Period, read.ETag));
        Assert.Null(await Reminders.ReadRow(Grain("sweep/ä"), "other"));
    }

    [Fact]
    public async Task A_reminder_written_again_is_replaced_whatever_its_tag()
    {
        var first = await Reminders.UpsertRow(Entry("a", "r"));
        var second = await Reminders.UpsertRow(Entry("a", "r", 5));

        var only = Assert.Single((await Reminders.ReadRows(Grain("a"))).Reminders);
        Assert.NotEqual(first, second);
        Assert.Equal((second, TimeSpan.FromMinutes(5)), (only.ETag, only.Period));
    }

    [Fact]
    public async Task A_reminder_is_removed_with_its_own_tag_alone()
    {
        var old = await Reminders.UpsertRow(Entry("a", "r"));
        var tag = await Reminders.UpsertRow(Entry("a", "r"));

        Assert.False(await Reminders.RemoveRow(Grain("a"), "r", old!));
        Assert.True(await Reminders.RemoveRow(Grain("a"), "r", tag!));
        Assert.False(await Reminders.RemoveRow(Grain("a"), "r", tag!));
        Assert.Null(await Reminders.ReadRow(Grain("a"), "r"));
    }

    [Fact]
    public async Task Every_part_of_the_ring_has_its_own_reminders_and_all_parts_have_all()
    {
        var grains = Enumerable.Range(0, 40).Select(i => $"grain-{i}").ToList();
        foreach (var grain in grains)
        {
            await Reminders.UpsertRow(Entry(grain, "r"));
        }
        var hashes = grains.Select(g => Grain(g).GetUniformHashCode()).Order().ToList();
        var (low, high) = (hashes[9], hashes[29]);

        var inside = (await Reminders.ReadRows(low, high)).Reminders;
        var outside = (await Reminders.ReadRows(high, low)).Reminders;
        var all = (await Reminders.ReadRows(0, 0)).Reminders;

        Assert.Equal(20, inside.Count);
        Assert.Equal(20, outside.Count);
        Assert.All(inside, r => Assert.InRange(r.GrainId.GetUniformHashCode(), low + 1, high));
        Assert.Equal(40, all.Count);
        Assert.Empty(inside.Select(r => r.GrainId).Intersect(outside.Select(r => r.GrainId)));
    }

    [Fact]
    public async Task Of_many_writes_of_one_reminder_at_once_all_succeed_and_one_stays()
    {
        var tags = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Reminders.UpsertRow(Entry("a", "r", i))));

        var only = await Reminders.ReadRow(Grain("a"), "r");
        Assert.Equal(20, tags.Distinct().Count());
        Assert.Contains(only!.ETag, tags);
    }
}

public sealed class SqliteReminderTests : ReminderConformance<SqliteBackend>;

public sealed class PostgresReminderTests : ReminderConformance<PostgresBackend>;
