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
        Execute(path, "insert into runs (sweep_id, run_index, run_id, state, attempt, step, device_seconds, has_finals, final_loss) values ('s', 0, 'r', 'completed', 1, 300, 2.5, 1, 1.25)");

        Execute(path, $"insert into sweeps (sweep_id, name, state, priority, total_runs, created) values ('new', 'n', 'completed', 0, 1, '2026-03-02T00:00:00.0000000Z'), ('old', 'n', 'completed', 0, 1, '2026-03-01T00:00:00.0000000Z')");

        await using var opened = new Opened(new SqliteDatabase(path));

        Assert.Equal(["new", "old"], (await opened.Catalogue.Sweeps(Cancellation)).Select(s => s.Id));
        var run = Assert.Single(await opened.Catalogue.Runs("s", Cancellation));
        Assert.Equal((1.25, null, null, null), (run.Finals!.FinalLoss, run.Finals.QExcessMax, run.Finals.Terms, run.Finals.Superposition));
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
