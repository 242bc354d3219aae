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
}

public sealed class SqliteHealthTests : HealthConformance<SqliteBackend>;

public sealed class PostgresHealthTests : HealthConformance<PostgresBackend>
{
    [Fact]
    public async Task Looking_at_an_empty_database_leaves_it_empty()
    {
        var address = await SharedPostgres.NewSchema();

        Assert.Equal(0, (await DatabaseHealth.LookAtPostgres(address, Cancellation)).Schema);
        Assert.Equal(0, (await DatabaseHealth.LookAtPostgres(address, Cancellation)).Schema);
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
