using System.Globalization;

namespace Orchestrator.Storage.Clusters;

/// <summary>A cluster's membership as it is stored: all silos and the number of changes so far.</summary>
internal sealed record MembershipDocument(int Version, IReadOnlyList<MembershipDocument.Silo> Silos)
{
    public static readonly MembershipDocument Empty = new(0, []);

    /// <summary>A silo; <paramref name="Changed"/> is the version of the document at which it last changed, signs of life aside.</summary>
    internal sealed record Silo(
        string Address, int Changed, SiloStatus Status, string HostName, string SiloName, string? RoleName, int ProxyPort,
        int UpdateZone, int FaultZone, DateTime Started, DateTime Alive, IReadOnlyList<Suspicion> Suspects)
    {
        public static Silo Of(MembershipEntry entry, int changed) => new(
            entry.SiloAddress.ToParsableString(), changed, entry.Status, entry.HostName, entry.SiloName, entry.RoleName, entry.ProxyPort,
            entry.UpdateZone, entry.FaultZone, entry.StartTime, entry.IAmAliveTime,
            [.. (entry.SuspectTimes ?? []).Select(s => new Suspicion(s.Item1.ToParsableString(), s.Item2))]);

        public MembershipEntry ToEntry() => new()
        {
            SiloAddress = SiloAddress.FromParsableString(Address),
            Status = Status,
            HostName = HostName,
            SiloName = SiloName,
            RoleName = RoleName,
            ProxyPort = ProxyPort,
            UpdateZone = UpdateZone,
            FaultZone = FaultZone,
            StartTime = Started,
            IAmAliveTime = Alive,
            SuspectTimes = [.. Suspects.Select(s => Tuple.Create(SiloAddress.FromParsableString(s.By), s.At))],
        };
    }

    /// <summary>One silo's vote that another is dead.</summary>
    internal sealed record Suspicion(string By, DateTime At);

    public static string Tag(int version) => version.ToString(CultureInfo.InvariantCulture);

    public Silo? Find(SiloAddress address)
    {
        var name = address.ToParsableString();
        return Silos.FirstOrDefault(s => s.Address == name);
    }

    /// <summary>The document with this silo in place of the one of its address.</summary>
    public MembershipDocument With(int version, Silo silo) => new(version, [.. Silos.Where(s => s.Address != silo.Address), silo]);

    public MembershipTableData ToTable(IEnumerable<Silo> silos) =>
        new([.. silos.Select(s => Tuple.Create(s.ToEntry(), Tag(s.Changed)))], new TableVersion(Version, Tag(Version)));
}
