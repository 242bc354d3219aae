namespace Orchestrator.Worker.Packs;

/// <summary>The granted runs of one pack, as a runner sees them.</summary>
/// <param name="Id">The pack, for logs.</param>
/// <param name="Device">Where to train, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Members">The runs that were granted; at least one, all of one shape.</param>
/// <param name="Files">Content of every text file that the runs' data names, by hash.</param>
/// <param name="Draining">Set when the worker must give its leases back.</param>
public sealed record PackSession(
    string Id, string Device, IReadOnlyList<PackMember> Members, IReadOnlyDictionary<string, byte[]> Files, CancellationToken Draining)
{
    /// <summary>Members that still want work.</summary>
    public IEnumerable<PackMember> Live => Members.Where(m => m.IsLive);
}

/// <summary>A checkpoint's content.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Content">The file.</param>
public sealed record CheckpointContent(int Step, byte[] Content);
