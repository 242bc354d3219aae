using Orchestrator.Contracts.Api;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Runs;

/// <summary>What a run has in the artifact store for others to read: the weights of its snapshots and the texts it was trained on.</summary>
public sealed class RunArtifacts(IFactStore facts, IArtifactStore artifacts)
{
    /// <summary>The run's snapshots by step. Where attempts measured a step more than once, the newest counts.</summary>
    public async Task<IReadOnlyList<RunSnapshot>> Snapshots(string runId, CancellationToken cancellation) =>
        [.. (await facts.Run(runId, cancellation)).GroupBy(f => f.Step).OrderBy(step => step.Key)
            .Select(step => new RunSnapshot(step.Key, step.MaxBy(f => f.Attempt)!.WeightsHash))];

    /// <summary>One artifact of a run; null if the hash is none of its own. Throws <see cref="ArtifactException"/> if it is lost or damaged.</summary>
    public async Task<byte[]?> Find(RunDetail run, string hash, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        var texts = run.Config.Data.TextFiles.Select(file => file.Sha256);
        var weights = (await Snapshots(run.Id, cancellation)).Select(snapshot => snapshot.WeightsHash);
        return texts.Concat(weights).Contains(hash) ? await artifacts.Get(hash, cancellation) : null;
    }
}
