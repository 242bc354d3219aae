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
        var all = EvaluationSet.Create(data, model.NCtx, await TextsInMemory.Of(data, Download));
        return (TokenBatches.Write(all.Batches), TokenBatches.Write((all with { HeldOut = all.HeldOut[..EvaluationSet.BetweenSequences] }).Batches));

        async Task<byte[]> Download(string sha256)
        {
            using var content = new MemoryStream();
            await client.DownloadArtifact(runId, sha256, content, cancellation);
            return content.ToArray();
        }
    }
}
