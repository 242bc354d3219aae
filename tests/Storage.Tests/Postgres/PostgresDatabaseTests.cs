using Npgsql;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Postgres;

public sealed class PostgresDatabaseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_processes_may_start_on_an_empty_database_at_once()
    {
        var address = await SharedPostgres.NewSchema();
        var databases = Enumerable.Range(0, 8).Select(_ => new PostgresDatabase(address)).ToList();

        await Task.WhenAll(databases.Select(d => d.Start(Cancellation)));

        Assert.Equal((long)Migration.For("postgres").Count, await Scalar(address, "select count(*) from schema_version")); // each step once
        foreach (var database in databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Sweeps_of_a_build_before_they_were_numbered_keep_the_order_of_their_times_and_come_before_later_ones()
    {
        var address = await SharedPostgres.NewSchema();
        await Scalar(address, string.Join(";", Migration.For("postgres").Where(m => m.Version < 5).Select(m => m.Sql.TrimEnd().TrimEnd(';'))));
        await Scalar(address, "create table schema_version (version integer not null); insert into schema_version (version) values (4)");
        await Scalar(address, "insert into sweeps (sweep_id, name, state, priority, total_runs, created) values ('b', 'n', 'completed', 0, 1, '2026-03-02T00:00:00.0000000Z'), ('c', 'n', 'completed', 0, 1, '2026-03-01T00:00:00.0000000Z')");

        await using var opened = new Opened(new PostgresDatabase(address));
        Assert.Equal(["b", "c"], (await opened.Catalogue.Sweeps(Cancellation)).Select(s => s.Id));
        await Scalar(address, "insert into sweeps (sweep_id, name, state, priority, total_runs, created) values ('a', 'n', 'completed', 0, 1, '2026-01-01T00:00:00.0000000Z')");

        Assert.Equal(["a", "b", "c"], (await opened.Catalogue.Sweeps(Cancellation)).Select(s => s.Id));
    }

    [Fact]
    public async Task A_database_of_a_newer_build_is_refused_with_both_versions()
    {
        var address = await SharedPostgres.NewSchema();
        await using (var database = new PostgresDatabase(address))
        {
            await database.Start(Cancellation);
        }
        await Scalar(address, "insert into schema_version (version) values (4711)");

        await using var older = new PostgresDatabase(address);
        var refused = await Assert.ThrowsAsync<StorageException>(() => older.Start(Cancellation));

        Assert.Contains("4711", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_that_names_the_address_and_not_the_password()
    {
        await using var database = new PostgresDatabase("Host=127.0.0.1;Port=1;Username=u;Password=hunter2;Database=d");

        var wrong = await Assert.ThrowsAsync<StorageException>(() => database.Start(Cancellation));

        Assert.Contains("127.0.0.1:1", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_that_cannot_be_read_is_an_error_that_shows_one_that_can()
    {
        var wrong = Assert.Throws<StorageException>(() => new PostgresDatabase("postgres://host/db"));

        Assert.Contains("Host=", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processes_that_write_the_same_rows_in_opposite_orders_both_succeed()
    {
        var address = await SharedPostgres.NewSchema();
        await using var one = new Opened(new PostgresDatabase(address));
        await using var two = new Opened(new PostgresDatabase(address));

        await Task.WhenAll(Enumerable.Range(0, 40).SelectMany(i => new[] { Write(one, $"a{i}", Enumerable.Range(0, 200)), Write(two, $"b{i}", Enumerable.Range(0, 200).Reverse()) }));

        Assert.Equal(200, (await one.Catalogue.Runs("s", Cancellation)).Count);
    }

    [Fact]
    public async Task A_write_while_the_server_drops_its_connections_fails_and_the_next_one_succeeds()
    {
        var address = await SharedPostgres.NewSchema();
        var name = $"dropped_{Guid.NewGuid():N}";
        await using var opened = new Opened(new PostgresDatabase($"{address};Application Name={name}"));
        await Write(opened, "a", [0]);
        await Scalar(address, $"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{name}'");

        // The pool may notice before or at the first statement: either is in order, as long as it mends itself.
        _ = await Record.ExceptionAsync(() => Write(opened, "b", [1]));
        await Write(opened, "c", [2]);

        Assert.Equal(2, (await opened.Catalogue.Runs("s", Cancellation))[^1].Index);
    }

    private static Task Write(Opened opened, string key, IEnumerable<int> runs) => opened.Storage.WriteStateAsync(
        "state", Orleans.Runtime.GrainId.Create("test", key), new GrainState<Listing>(new Listing
        {
            Rows = rows => rows.Runs.AddRange(runs.Select(i => new RunRow { SweepId = "s", Index = i, RunId = $"r{i}", State = RunState.Training, Attempt = 1 })),
        }));

    private static async Task<object?> Scalar(string address, string sql)
    {
        await using var source = NpgsqlDataSource.Create($"{address};Pooling=false");
#pragma warning disable CA2100 // constant text of this test
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
