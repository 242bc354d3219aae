using Npgsql;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Sqlite;
using Orchestrator.Storage.States;
using Orchestrator.TestServices;

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>What the health of a silo and <c>doctor</c> see of a database.</summary>
public abstract class HealthConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    [Fact]
    public async Task A_database_in_use_tells_its_version_its_schema_and_its_time()
    {
        await using var database = TestDatabase.Open();
        await database.Start(Cancellation);
        var before = TimeProvider.System.GetUtcNow();

        var status = await database.Look(Cancellation);

        Assert.Matches(@"^\d+\.\d+", status.Version);
        Assert.Equal((status.KnownSchema, true), (status.Schema, status.Schema >= 4));
        Assert.InRange(status.Now, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1)); // on this machine
    }

    [Fact]
    public async Task A_check_writes_and_leaves_nothing_behind()
    {
        await using var database = TestDatabase.Open();
        await using var states = new GroupCommitGrainStorage(database, new StorageOptions());
        var health = new WriteHealth(database, states);

        await health.Check(Cancellation);
        await health.Check(Cancellation);

        Assert.Equal(0, Assert.Single(await database.List("select count(*) from grain_states", reader => reader.GetInt64(0), [], Cancellation)));
    }
}

public sealed class SqliteHealthTests : HealthConformance<SqliteBackend>
{
    [Fact]
    public async Task A_database_whose_file_was_deleted_is_not_healthy()
    {
        var file = Path.Combine(Path.GetTempPath(), $"health-{Guid.NewGuid():n}.db");
        await using var database = new SqliteDatabase(file);
        await using var states = new GroupCommitGrainStorage(database, new StorageOptions());
        var health = new WriteHealth(database, states);
        await health.Check(Cancellation);

        foreach (var part in new[] { "", "-wal", "-shm" })
        {
            File.Delete(file + part);
        }

        await Assert.ThrowsAsync<StorageException>(() => health.Check(Cancellation));
    }
}

public sealed class PostgresHealthTests : HealthConformance<PostgresBackend>
{
    [Fact]
    public async Task Looking_at_an_empty_database_leaves_it_empty()
    {
        var address = await SharedPostgres.NewSchema();

        Assert.Equal(0, (await DatabaseHealth.LookAtPostgres(address, Cancellation)).Schema);
        Assert.Equal(0, (await DatabaseHealth.LookAtPostgres(address, Cancellation)).Schema);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_was_cut_off_is_not_healthy_and_is_again_when_it_is_back()
    {
        var direct = new NpgsqlConnectionStringBuilder(await SharedPostgres.NewSchema());
        await using var between = new TcpProxy(direct.Port);
        direct.Port = between.Port;
        await using var database = new PostgresDatabase(direct.ToString());
        await using var states = new GroupCommitGrainStorage(database, new StorageOptions());
        var health = new WriteHealth(database, states);
        await health.Check(TestContext.Current.CancellationToken);

        between.Cut();
        await Assert.ThrowsAnyAsync<Exception>(() => health.Check(TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<Exception>(() => health.Check(TestContext.Current.CancellationToken));

        between.Mend();
        while (await Record.ExceptionAsync(() => health.Check(TestContext.Current.CancellationToken)) is not null)
        {
            await Task.Yield(); // connections of the pool that are dead go one by one
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_refuses_writes_is_not_healthy()
    {
        var address = await SharedPostgres.NewSchema();
        await using var writable = new PostgresDatabase(address);
        await writable.Start(TestContext.Current.CancellationToken);
        await using var database = new PostgresDatabase(new NpgsqlConnectionStringBuilder(address) { Options = "-c default_transaction_read_only=on" }.ToString());
        await using var states = new GroupCommitGrainStorage(database, new StorageOptions());

        var wrong = await Assert.ThrowsAnyAsync<Exception>(() => new WriteHealth(database, states).Check(TestContext.Current.CancellationToken));

        Assert.Contains("read-only", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_an_error_without_its_password()
    {
        var wrong = await Assert.ThrowsAsync<StorageException>(() =>
            DatabaseHealth.LookAtPostgres("Host=127.0.0.1;Port=9;Username=u;Password=secret-word;Database=d", Cancellation));

        Assert.Contains("127.0.0.1:9", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", wrong.ToString(), StringComparison.Ordinal);
    }
}
