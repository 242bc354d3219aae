using System.Text.Json;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.States;
using Orleans.Configuration;

namespace Orchestrator.Storage.Clusters;

/// <summary>
/// Orleans' membership table as one stored document per cluster, changed only over the version that was read: every change of the
/// view is one compare-and-swap, which is what Orleans' protocol asks for. Signs of life do not count as a change of the view.
/// </summary>
internal sealed class DatabaseMembership(GroupCommitGrainStorage storage, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    private readonly StateKey _key = KeyOf(cluster.Value.ClusterId);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => storage.Database.Start();

    public Task DeleteMembershipTableEntries(string clusterId) => Change(KeyOf(clusterId), _ => MembershipDocument.Empty);

    // Only the dead may be forgotten: the others are part of the view that silos agreed on.
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Change(_key, table =>
        table.Silos.Any(s => IsForgotten(s, beforeDate)) ? table with { Silos = [.. table.Silos.Where(s => !IsForgotten(s, beforeDate))] } : null);

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var (table, _) = await Read(_key);
        return table.ToTable(table.Find(key) is { } silo ? [silo] : []);
    }

    public async Task<MembershipTableData> ReadAll()
    {
        var (table, _) = await Read(_key);
        return table.ToTable(table.Silos);
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => Change(_key, table =>
        Fits(table, tableVersion) && table.Find(entry.SiloAddress) is null
            ? table.With(tableVersion.Version, MembershipDocument.Silo.Of(entry, tableVersion.Version))
            : null);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Change(_key, table =>
        Fits(table, tableVersion) && table.Find(entry.SiloAddress) is { } silo && MembershipDocument.Tag(silo.Changed) == etag
            ? table.With(tableVersion.Version, MembershipDocument.Silo.Of(entry, tableVersion.Version))
            : null);

    public Task UpdateIAmAlive(MembershipEntry entry) => Change(_key, table =>
        table.Find(entry.SiloAddress) is { } silo ? table.With(table.Version, silo with { Alive = entry.IAmAliveTime }) : null);

    // The version that is passed is the next one; its tag is still that of the version it was made from.
    private static bool Fits(MembershipDocument table, TableVersion next) => MembershipDocument.Tag(table.Version) == next.VersionEtag;

    private static bool IsForgotten(MembershipDocument.Silo silo, DateTimeOffset before) =>
        silo.Status == SiloStatus.Dead && DateTime.SpecifyKind(silo.Alive, DateTimeKind.Utc) < before.UtcDateTime;

    /// <summary>Changes the document, again and again while others change it in between; false if the change does not apply (any more).</summary>
    private async Task<bool> Change(StateKey key, Func<MembershipDocument, MembershipDocument?> change)
    {
        while (true)
        {
            var (table, version) = await Read(key);
            if (change(table) is not { } changed)
            {
                return false;
            }
            var next = version is { } v ? v + 1 : GroupCommitGrainStorage.FirstVersion();
            if (await storage.TryWrite(new StateWrite(key, version, next, JsonSerializer.SerializeToUtf8Bytes(changed, Json.Options), null)))
            {
                return true;
            }
        }
    }

    private async Task<(MembershipDocument Table, long? Version)> Read(StateKey key) =>
        await storage.Read(key) is { } stored
            ? (JsonSerializer.Deserialize<MembershipDocument>(stored.Payload, Json.Options)!, stored.Version)
            : (MembershipDocument.Empty, null);

    private static StateKey KeyOf(string clusterId) => new("orchestrator.cluster", clusterId, "membership");
}
