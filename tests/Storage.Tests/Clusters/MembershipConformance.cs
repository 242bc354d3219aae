using System.Net;
using Microsoft.Extensions.Options;
using Orchestrator.Storage.Clusters;
using Orchestrator.Storage.Tests.Backends;
using Orleans.Configuration;

namespace Orchestrator.Storage.Tests.Clusters;

/// <summary>What Orleans' membership protocol relies on in its table.</summary>
public abstract class MembershipConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private DatabaseMembership Table(string cluster = "c") => new(Storage, Options.Create(new ClusterOptions { ClusterId = cluster }));

    private static SiloAddress Silo(int port) => SiloAddress.New(IPAddress.Loopback, port, 7);

    private static MembershipEntry Entry(int port, SiloStatus status = SiloStatus.Active, DateTime? alive = null) => new()
    {
        SiloAddress = Silo(port),
        Status = status,
        HostName = "host",
        SiloName = $"silo-{port}",
        RoleName = "role",
        ProxyPort = port + 1,
        UpdateZone = 2,
        FaultZone = 3,
        StartTime = Noon,
        IAmAliveTime = alive ?? Noon,
        SuspectTimes = [Tuple.Create(Silo(1), Noon.AddSeconds(1))],
    };

    private static async Task<bool> Insert(DatabaseMembership table, MembershipEntry entry) => await table.InsertRow(entry, (await table.ReadAll()).Version.Next());

    [Fact]
    public async Task An_empty_table_has_version_zero_and_no_silos()
    {
        var read = await Table().ReadAll();

        Assert.Empty(read.Members);
        Assert.Equal(0, read.Version.Version);
    }

    [Fact]
    public async Task A_silo_comes_back_with_every_field_and_raises_the_version()
    {
        Assert.True(await Insert(Table(), Entry(100)));

        var read = await Table().ReadAll();
        var silo = Assert.Single(read.Members).Item1;

        Assert.Equal(1, read.Version.Version);
        Assert.Equal(Entry(100).ToFullString(), silo.ToFullString());
        Assert.Equal(("host", "silo-100", "role", 101, 2, 3, Noon, Noon),
            (silo.HostName, silo.SiloName, silo.RoleName, silo.ProxyPort, silo.UpdateZone, silo.FaultZone, silo.StartTime, silo.IAmAliveTime));
        Assert.Equal(silo.ToFullString(), Assert.Single((await Table().ReadRow(Silo(100))).Members).Item1.ToFullString());
        Assert.Empty((await Table().ReadRow(Silo(101))).Members);
    }

    [Fact]
    public async Task A_silo_that_is_there_is_not_inserted_again()
    {
        Assert.True(await Insert(Table(), Entry(100)));
        Assert.False(await Insert(Table(), Entry(100, SiloStatus.Dead)));
        Assert.Equal(1, (await Table().ReadAll()).Version.Version);
    }

    [Fact]
    public async Task Of_changes_made_from_one_version_only_one_is_taken()
    {
        var next = (await Table().ReadAll()).Version.Next();

        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Table().InsertRow(Entry(100 + i), next)));

        Assert.Single(taken, t => t);
        Assert.Single((await Table().ReadAll()).Members);
    }

    [Fact]
    public async Task A_silo_is_changed_with_the_tags_that_were_read_and_no_others()
    {
        await Insert(Table(), Entry(100));
        await Insert(Table(), Entry(200));
        var read = await Table().ReadAll();
        var tag = read.Members.Single(m => m.Item1.SiloAddress.Equals(Silo(100))).Item2;

        Assert.False(await Table().UpdateRow(Entry(100, SiloStatus.Dead), "nonsense", read.Version.Next()));
        Assert.False(await Table().UpdateRow(Entry(300, SiloStatus.Dead), tag, read.Version.Next()));
        Assert.True(await Table().UpdateRow(Entry(100, SiloStatus.Dead), tag, read.Version.Next()));
        Assert.False(await Table().UpdateRow(Entry(100, SiloStatus.Active), tag, read.Version.Next()));

        var after = await Table().ReadAll();
        Assert.Equal(3, after.Version.Version);
        Assert.Equal(SiloStatus.Dead, after.Members.Single(m => m.Item1.SiloAddress.Equals(Silo(100))).Item1.Status);
    }

    [Fact]
    public async Task A_sign_of_life_is_seen_and_changes_no_version_and_no_tag()
    {
        await Insert(Table(), Entry(100));
        var before = await Table().ReadAll();
        await Table().UpdateIAmAlive(Entry(100, alive: Noon.AddMinutes(5)));

        var after = await Table().ReadAll();
        Assert.Equal(Noon.AddMinutes(5), after.Members[0].Item1.IAmAliveTime);
        Assert.Equal((before.Version, before.Members[0].Item2), (after.Version, after.Members[0].Item2));
        Assert.True(await Table().UpdateRow(Entry(100, SiloStatus.ShuttingDown), before.Members[0].Item2, before.Version.Next()));
    }

    [Fact]
    public async Task Signs_of_life_and_changes_at_once_lose_neither()
    {
        for (var i = 0; i < 8; i++)
        {
            await Insert(Table(), Entry(100 + i));
        }
        var signs = Enumerable.Range(0, 8).Select(i => Table().UpdateIAmAlive(Entry(100 + i, alive: Noon.AddMinutes(i + 1))));
        await Task.WhenAll([.. signs, Insert(Table(), Entry(500))]);

        var after = await Table().ReadAll();
        Assert.Equal(9, after.Version.Version);
        Assert.Equal(Enumerable.Range(1, 8).Select(i => Noon.AddMinutes(i)).Append(Noon), after.Members.OrderBy(m => m.Item1.SiloAddress.Endpoint.Port).Select(m => m.Item1.IAmAliveTime));
    }

    [Fact]
    public async Task Only_silos_that_are_dead_for_long_are_forgotten()
    {
        await Insert(Table(), Entry(100, SiloStatus.Dead, Noon.AddDays(-8)));
        await Insert(Table(), Entry(200, SiloStatus.Dead, Noon));
        await Insert(Table(), Entry(300, SiloStatus.Active, Noon.AddDays(-8)));
        await Insert(Table(), Entry(400, SiloStatus.Joining, Noon.AddDays(-8)));

        await Table().CleanupDefunctSiloEntries(Noon.AddDays(-7));

        Assert.Equal([200, 300, 400], (await Table().ReadAll()).Members.Select(m => m.Item1.SiloAddress.Endpoint.Port).Order());
    }

    [Fact]
    public async Task Clusters_of_one_database_do_not_see_each_other()
    {
        await Insert(Table("one"), Entry(100));
        await Insert(Table("two"), Entry(200));
        await Table("one").DeleteMembershipTableEntries("two");

        Assert.Single((await Table("one").ReadAll()).Members);
        Assert.Empty((await Table("two").ReadAll()).Members);
    }
}

public sealed class SqliteMembershipTests : MembershipConformance<SqliteBackend>;

public sealed class PostgresMembershipTests : MembershipConformance<PostgresBackend>;
