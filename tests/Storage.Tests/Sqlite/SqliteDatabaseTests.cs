using Microsoft.Data.Sqlite;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Sqlite;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_folder_of_the_file_is_created()
    {
        var path = Path.Combine(_folder.Path, "new", "deep", "state.db");
        await using var database = new SqliteDatabase(path);
        await database.Start(Cancellation);

        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_database_of_a_newer_build_is_refused_with_both_versions_and_left_as_it_was()
    {
        var path = _folder.File("state.db");
        await using (var database = new SqliteDatabase(path))
        {
            await database.Start(Cancellation);
        }
        Execute(path, "pragma user_version = 4711");

        await using var older = new SqliteDatabase(path);
        var refused = await Assert.ThrowsAsync<StorageException>(() => older.Start(Cancellation));

        Assert.Contains("4711", refused.Message, StringComparison.Ordinal);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Equal(4711L, Execute(path, "pragma user_version"));
    }

    [Fact]
    public async Task A_database_of_the_first_build_is_brought_up_to_date_and_keeps_its_runs()
    {
        var path = _folder.File("state.db");
        Execute(path, Migration.For("sqlite")[0].Sql);
        Execute(path, "pragma user_version = 1");
        Execute(path, "insert into runs (sweep_id, run_index, run_id, state, attempt, step, device_seconds, has_finals, final_loss, k_excess_max, induction_heads) values ('s', 0, 'r', 'completed', 1, 300, 2.5, 1, 1.25, 0.3, 2)");

        Execute(path, $"insert into sweeps (sweep_id, name, state, priority, total_runs, created) values ('new', 'n', 'completed', 0, 1, '2026-03-02T00:00:00.0000000Z'), ('old', 'n', 'completed', 0, 1, '2026-03-01T00:00:00.0000000Z')");

        await using var opened = new Opened(new SqliteDatabase(path));

        Assert.Equal(["new", "old"], (await opened.Catalogue.Sweeps(Cancellation)).Select(s => s.Id));
        var run = Assert.Single(await opened.Catalogue.Runs("s", Cancellation));
        Assert.Equal(new() { Metrics = new Dictionary<string, double> { ["final_loss"] = 1.25, ["k_composition_excess_max"] = 0.3 }, InductionHeads = 2 }, run.Finals);
    }

    [Fact]
    public async Task Who_only_reads_refuses_an_older_database_with_what_brings_it_up_to_date_and_leaves_it_as_it_was()
    {
        var path = _folder.File("state.db");
        Execute(path, Migration.For("sqlite")[0].Sql);
        Execute(path, "pragma user_version = 1");
        var before = await File.ReadAllBytesAsync(path, Cancellation);

        await using (var reading = new SqliteDatabase(path, readOnly: true))
        {
            var refused = await Assert.ThrowsAsync<StorageException>(() => reading.Start(Cancellation));
            Assert.Contains("an older version", refused.Message, StringComparison.Ordinal);
            Assert.Contains($"orchestrator dev --data {_folder.Path}", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(path, Cancellation));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Who_only_reads_makes_no_database()
    {
        await using var reading = new SqliteDatabase(_folder.File("missing.db"), readOnly: true);
        await Assert.ThrowsAsync<StorageException>(() => reading.Start(Cancellation));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Readers_read_beside_a_writer_and_beside_each_other()
    {
        var path = _folder.File("state.db");
        await using var writer = new Opened(new SqliteDatabase(path));
        var grain = Orleans.Runtime.GrainId.Create("test", "a");
        await writer.Storage.WriteStateAsync("state", grain, new GrainState<Note>(new Note { Number = 1 }));

        await using var first = new Opened(new SqliteDatabase(path, readOnly: true));
        await using var second = new Opened(new SqliteDatabase(path, readOnly: true));
        foreach (var reader in new[] { first, second })
        {
            var state = new GrainState<Note>();
            await reader.Storage.ReadStateAsync("state", grain, state);
            Assert.Equal(1, state.State!.Number);
        }
        await Assert.ThrowsAnyAsync<Exception>(() => first.Storage.WriteStateAsync("state", grain, new GrainState<Note>(new Note())));
    }

    [Fact]
    public async Task A_file_that_was_deleted_is_not_made_again()
    {
        var path = _folder.File("state.db");
        await using var database = new SqliteDatabase(path);
        await database.Start(Cancellation);
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            File.Delete(file);
        }

        var gone = await Assert.ThrowsAsync<StorageException>(() => database.Open(Cancellation));

        Assert.Contains(path, gone.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_database_that_was_closed_is_not_opened_again()
    {
        var database = new SqliteDatabase(_folder.File("state.db"));
        await database.Start(Cancellation);
        await database.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.Open(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_cannot_be_written_is_read_if_nothing_is_left_to_be_folded_into_the_file(bool leftInTheMiddle)
    {
        var path = Path.Combine(_folder.Path, "a folder #1?", "state.db");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (var writer = new Opened(new SqliteDatabase(path)))
        {
            await writer.Storage.WriteStateAsync("state", Orleans.Runtime.GrainId.Create("test", "a"), new GrainState<Note>(new Note { Number = 7 }));
            if (leftInTheMiddle)
            {
                foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
                {
                    File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
                }
            }
        }
        var folder = leftInTheMiddle ? _folder.Path : Path.GetDirectoryName(path)!;
        var (said, refusal) = await ReadingProcess.Start(Path.Combine(folder, "state.db"));
        Assert.SkipUnless(refusal is null, refusal ?? "");
        Assert.Contains(leftInTheMiddle ? "copy the folder" : $"read: {Migration.For("sqlite")[^1].Version}", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_with_its_name()
    {
        var path = _folder.File("notes.txt");
        await File.WriteAllTextAsync(path, new string('x', 4096), Cancellation);

        await using var database = new SqliteDatabase(path);
        var refused = await Assert.ThrowsAsync<StorageException>(() => database.Start(Cancellation));

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, "damaged")] // corrupt
    [InlineData(26, "damaged")] // no database
    [InlineData(13, "its disk and its permissions")] // full
    [InlineData(1, null)] // a statement that is wrong: our mistake, and nothing of the file
    [InlineData(5, null)] // busy
    public async Task Only_what_says_that_the_file_is_damaged_sends_people_to_their_backup(int code, string? said)
    {
        await using var database = new SqliteDatabase(_folder.File("state.db"));
        var failure = database.Damage(new SqliteException("as the library says it", code));
        Assert.Equal(said is not null, failure is not null);
        Assert.Equal(said == "damaged", failure?.Message.Contains("backup", StringComparison.Ordinal) == true);
        Assert.Contains(said ?? "", failure?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_does_not_wait_for_a_writer()
    {
        var path = _folder.File("state.db");
        await using var opened = new Opened(new SqliteDatabase(path));
        await opened.Storage.WriteStateAsync("state", Orleans.Runtime.GrainId.Create("test", "a"), new GrainState<Note>(new Note { Number = 1 }));
        using var other = new SqliteConnection($"Data Source={path};Pooling=false");
        other.Open();
        using var blocking = other.BeginTransaction(deferred: false);

        var held = new GrainState<Note>();
        await opened.Storage.ReadStateAsync("state", Orleans.Runtime.GrainId.Create("test", "a"), held);

        Assert.Equal(1, held.State!.Number);
        Assert.Equal("wal", Execute(path, "pragma journal_mode"));
    }

    [Fact]
    public async Task A_writer_that_finds_the_file_locked_waits_for_it()
    {
        var path = _folder.File("state.db");
        await using var opened = new Opened(new SqliteDatabase(path));
        await opened.Storage.WriteStateAsync("state", Orleans.Runtime.GrainId.Create("test", "a"), new GrainState<Note>(new Note()));
        using var other = new SqliteConnection($"Data Source={path};Pooling=false");
        other.Open();
        var blocking = other.BeginTransaction(deferred: false);

        var writing = opened.Storage.WriteStateAsync("state", Orleans.Runtime.GrainId.Create("test", "b"), new GrainState<Note>(new Note()));
        Assert.False(writing.IsCompleted);
        blocking.Rollback();

        await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    private static object? Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constant text of this test
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
