using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Tests.Backends;
using Orleans.Storage;

namespace Orchestrator.Storage.Tests.States;

/// <summary>What Orleans and our grains rely on in any grain storage.</summary>
public abstract class GrainStorageConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    [Fact]
    public async Task A_state_that_was_never_written_reads_as_absent()
    {
        var read = await Read<Note>("nobody");

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal("", read.State!.Text);
    }

    [Fact]
    public async Task What_was_written_is_read_back_by_another_activation_and_by_another_process()
    {
        await Write("a", new Note { Text = "first", Number = 7 });

        var here = await Read<Note>("a");
        await using var other = new Opened(TestDatabase.Open());
        var there = new GrainState<Note>();
        await other.Storage.ReadStateAsync("state", Grain("a"), there);

        Assert.True(here.RecordExists);
        Assert.Equal(("first", 7), (here.State!.Text, here.State!.Number));
        Assert.Equal((here.ETag, "first", 7), (there.ETag, there.State!.Text, there.State!.Number));
    }

    [Fact]
    public async Task States_of_one_grain_and_grains_of_one_key_are_kept_apart()
    {
        foreach (var (type, key, name) in Places)
        {
            await Storage.WriteStateAsync(name, Orleans.Runtime.GrainId.Create(type, key), new GrainState<Note>(new Note { Text = $"{type}|{key}|{name}" }));
        }
        foreach (var (type, key, name) in Places)
        {
            var read = new GrainState<Note>();
            await Storage.ReadStateAsync(name, Orleans.Runtime.GrainId.Create(type, key), read);
            Assert.Equal($"{type}|{key}|{name}", read.State!.Text);
        }
    }

    private static readonly (string Type, string Key, string Name)[] Places =
        [("x", "k", "one"), ("x", "k", "two"), ("y", "k", "one"), ("x", "k/one", "one"), ("x", "K", "one"), ("x", "k ", "one")];

    [Fact]
    public async Task Every_write_gives_a_new_tag_and_the_next_write_needs_it()
    {
        var held = new GrainState<Note>(new Note { Number = 1 });
        await Storage.WriteStateAsync("state", Grain("a"), held);
        var first = held.ETag;
        held.State!.Number = 2;
        await Storage.WriteStateAsync("state", Grain("a"), held);

        Assert.NotEqual(first, held.ETag);
        Assert.Equal(2, (await Read<Note>("a")).State!.Number);
    }

    [Fact]
    public async Task A_write_over_a_version_that_was_overtaken_is_refused_and_changes_nothing()
    {
        await Write("a", new Note { Number = 1 });
        var winner = await Read<Note>("a");
        var loser = await Read<Note>("a");
        winner.State!.Number = 2;
        await Storage.WriteStateAsync("state", Grain("a"), winner);
        loser.State!.Number = 3;

        var refused = await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Grain("a"), loser));

        Assert.Equal(winner.ETag, refused.StoredEtag);
        Assert.Contains("test/a", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await Read<Note>("a")).State!.Number);
    }

    [Fact]
    public async Task A_first_write_over_a_state_that_exists_is_refused()
    {
        await Write("a", new Note { Number = 1 });

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write("a", new Note { Number = 2 }));
        Assert.Equal(1, (await Read<Note>("a")).State!.Number);
    }

    [Fact]
    public async Task A_tag_that_no_storage_gave_is_refused()
    {
        var held = new GrainState<Note>(new Note()) { ETag = "nonsense" };

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Grain("a"), held));
    }

    [Fact]
    public async Task Of_many_first_writes_at_once_exactly_one_wins()
    {
        var writers = Enumerable.Range(0, 100).Select(async number =>
        {
            try
            {
                await Write("race", new Note { Number = number });
                return number;
            }
            catch (InconsistentStateException)
            {
                return -1;
            }
        });

        var winner = Assert.Single(await Task.WhenAll(writers), n => n >= 0);

        Assert.Equal(winner, (await Read<Note>("race")).State!.Number);
    }

    [Fact]
    public async Task Of_many_updates_of_one_version_at_once_exactly_one_wins_also_over_two_processes()
    {
        await Write("race", new Note());
        await using var other = new Opened(TestDatabase.Open());
        var writers = Enumerable.Range(1, 50).SelectMany(n => new[] { (n, Storage), (n + 50, other.Storage) }).Select(async writer =>
        {
            var held = await Read<Note>("race");
            held.State!.Number = writer.Item1;
            return (held, writer.Item1, Storage: writer.Item2);
        });
        var ready = await Task.WhenAll(writers);

        var results = await Task.WhenAll(ready.Select(async w =>
        {
            try
            {
                await w.Storage.WriteStateAsync("state", Grain("race"), w.held);
                return w.Item2;
            }
            catch (InconsistentStateException)
            {
                return 0;
            }
        }));

        var winner = Assert.Single(results, n => n > 0);
        Assert.Equal(winner, (await Read<Note>("race")).State!.Number);
    }

    [Fact]
    public async Task A_cleared_state_is_absent_and_may_be_written_again()
    {
        await Write("a", new Note { Number = 1 });
        var held = await Read<Note>("a");
        await Storage.ClearStateAsync("state", Grain("a"), held);

        Assert.False(held.RecordExists);
        Assert.Null(held.ETag);
        Assert.False((await Read<Note>("a")).RecordExists);
        held.State = new Note { Number = 2 };
        await Storage.WriteStateAsync("state", Grain("a"), held);
        Assert.Equal(2, (await Read<Note>("a")).State!.Number);
    }

    [Fact]
    public async Task A_tag_from_before_a_clear_does_not_fit_the_state_written_after_it()
    {
        await Write("a", new Note { Number = 1 });
        var old = await Read<Note>("a");
        var held = await Read<Note>("a");
        await Storage.ClearStateAsync("state", Grain("a"), held);
        await Storage.WriteStateAsync("state", Grain("a"), held);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Grain("a"), old));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Grain("a"), old));
    }

    [Fact]
    public async Task Clearing_what_was_never_written_succeeds_and_clearing_an_unseen_state_is_refused()
    {
        await Storage.ClearStateAsync("state", Grain("nobody"), new GrainState<Note>());
        await Write("a", new Note { Number = 1 });

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Grain("a"), new GrainState<Note>()));
        Assert.True((await Read<Note>("a")).RecordExists);
    }

    [Fact]
    public async Task A_read_forgets_what_the_activation_held_when_the_state_is_gone()
    {
        await Write("a", new Note { Number = 1 });
        var held = await Read<Note>("a");
        await Storage.ClearStateAsync("state", Grain("a"), await Read<Note>("a"));
        await Storage.ReadStateAsync("state", Grain("a"), held);

        Assert.Equal((false, 0), (held.RecordExists, held.State!.Number));
        Assert.Null(held.ETag);
    }

    [Fact]
    public async Task Ten_thousand_writes_at_once_are_all_there()
    {
        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => Write($"grain-{i}", new Note { Number = i })));

        var read = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => Read<Note>($"grain-{i}")));

        Assert.Equal(Enumerable.Range(0, 10_000), read.Select(r => r.State!.Number));
    }

    [Fact]
    public async Task A_conflict_among_many_writes_fails_alone_and_its_rows_are_not_written()
    {
        await Write("loser", new Counter { Index = 1_000, Number = 1 });
        var writes = Enumerable.Range(0, 500).Select(i => Write($"grain-{i}", new Counter { Index = i, Number = 5 })).ToList();
        var conflict = Write("loser", new Counter { Index = 1_000, Number = 9 });
        writes.AddRange(Enumerable.Range(500, 500).Select(i => Write($"grain-{i}", new Counter { Index = i, Number = 5 })));

        await Assert.ThrowsAsync<InconsistentStateException>(() => conflict);
        await Task.WhenAll(writes);

        var runs = await Catalogue.Runs("s", Cancellation);
        Assert.Equal(Enumerable.Repeat(5, 1_000).Append(1), runs.Select(r => r.Attempt));
        Assert.Equal([1], (await Facts.Run("s-1000", Cancellation)).Select(f => f.Step));
    }

    [Fact]
    public async Task A_write_that_the_database_cannot_take_fails_alone()
    {
        var good = Enumerable.Range(0, 100).Select(i => Write($"grain-{i}", new Counter { Index = i, Number = 5 })).ToList();
        var bad = Write("bad", new Listing { Rows = rows => rows.Facts.Add(new FactRow("bad", 0, 1, [], 1, null!, [])) });
        var unknown = Write("unknown", new Listing { Rows = rows => rows.Sweeps.Add(new SweepRow("u", "n", (Contracts.Api.SweepState)99, null, 0, 1, DateTimeOffset.UnixEpoch, null, null)) });
        good.AddRange(Enumerable.Range(100, 100).Select(i => Write($"grain-{i}", new Counter { Index = i, Number = 5 })));

        await Assert.ThrowsAsync<StorageException>(() => bad);
        Assert.Contains("99", (await Assert.ThrowsAsync<StorageException>(() => unknown)).Message, StringComparison.Ordinal);
        await Task.WhenAll(good);
        Assert.Equal(200, (await Catalogue.Runs("s", Cancellation)).Count);
        Assert.False((await Read<Listing>("bad")).RecordExists);
    }

    [Fact]
    public async Task Any_text_survives_in_a_state()
    {
        const string text = "Grüße, 世界, \U0001F9E0, e\u0301, \u0000\u0001\u001F, \"quotes\" \\ ' ; drop table grain_states; --, \u2028";
        await Write("töst/" + "\U0001F9E0", new Note { Text = text });

        Assert.Equal(text, (await Read<Note>("töst/" + "\U0001F9E0")).State!.Text);
    }

    [Fact]
    public async Task A_state_of_twenty_megabytes_survives()
    {
        var text = string.Create(20_000_000, 0, (span, _) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = (char)('a' + i * 7919L % 26);
            }
        });
        await Write("big", new Note { Text = text });

        Assert.Equal(text, (await Read<Note>("big")).State!.Text);
    }

    [Fact]
    public async Task A_state_that_does_not_parse_names_the_grain_and_the_type()
    {
        await Write("a", new[] { 1, 2, 3 });

        var wrong = await Assert.ThrowsAsync<StorageException>(() => Read<Note>("a"));

        Assert.Contains("test/a", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Note), wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_after_the_end_is_refused_with_the_reason()
    {
        var ended = new Opened(TestDatabase.Open());
        await ended.Storage.WriteStateAsync("state", Grain("a"), new GrainState<Note>(new Note()));
        await ended.DisposeAsync();

        var wrong = await Assert.ThrowsAsync<StorageException>(() => ended.Storage.WriteStateAsync("state", Grain("b"), new GrainState<Note>(new Note())));
        Assert.Contains("stopping", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_that_were_queued_when_the_end_came_are_finished()
    {
        var ending = new Opened(TestDatabase.Open());
        var writes = Enumerable.Range(0, 2_000).Select(i => ending.Storage.WriteStateAsync("state", Grain($"grain-{i}"), new GrainState<Note>(new Note { Number = i }))).ToList();
        await ending.DisposeAsync();
        await Task.WhenAll(writes);

        Assert.Equal(1_999, (await Read<Note>("grain-1999")).State!.Number);
    }
}
