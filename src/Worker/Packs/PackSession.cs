using Orchestrator.Contracts.Work;

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

    /// <summary>How many models of this shape did not fit into the device's memory; null if none was tried that did not.</summary>
    public int? TooMany { get; init; }

    /// <summary>Gives back what is left, with the checkpoints that are stored.</summary>
    public void GiveBack()
    {
        foreach (var member in Live)
        {
            member.End(RunOutcome.Released, member.Last.Step, "the worker was told to stop", null, 0);
        }
    }
}

/// <summary>A checkpoint's content.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Content">The file.</param>
public sealed record CheckpointContent(int Step, byte[] Content);
