using Orchestrator.Client;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;

namespace Orchestrator.Cli.Exports;

/// <summary>The sequences that snapshots of a run were measured on, as files that <c>analyze</c> takes.</summary>
internal sealed class Evaluations(OrchestratorClient client)
{
    /// <summary>The sequences of the last snapshot and of those between, as a tokens file has them.</summary>
    public async Task<(byte[] Last, byte[] Between)> Of(string runId, ModelConfiguration model, DataConfiguration data, CancellationToken cancellation)
    {
        var texts = new Dictionary<string, byte[]>();
        foreach (var file in data.TextFiles.DistinctBy(file => file.Sha256))
        {
            using var content = new MemoryStream();
            await client.DownloadArtifact(runId, file.Sha256, content, cancellation);
            texts[file.Sha256] = content.ToArray();
        }
        var all = EvaluationSet.Create(data, model.NCtx, new TextsInMemory(texts));
        return (TokenBatches.Write(all.Batches), TokenBatches.Write((all with { HeldOut = all.HeldOut[..EvaluationSet.BetweenSequences] }).Batches));
    }
}
