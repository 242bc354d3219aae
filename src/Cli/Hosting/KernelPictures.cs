using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Data;
using Orchestrator.Results.Runs;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Cli.Hosting;

/// <summary>Attention patterns by the kernels of this process.</summary>
internal sealed class KernelPictures(RunArtifacts runs, IArtifactStore artifacts) : IPatternPictures
{
    public async Task<IReadOnlyList<PatternPicture>?> Draw(RunDetail run, int? step, int sequence, CancellationToken cancellation)
    {
        if (run.Config is not { Model: ModelConfiguration { Layers: > 0 } model, Data: DataConfiguration data })
        {
            return null;
        }
        var snapshots = await runs.Snapshots(run.Id, cancellation);
        if (snapshots.LastOrDefault(snapshot => step is null || snapshot.Step == step) is not { } chosen)
        {
            return null;
        }
        var weights = await artifacts.Get(chosen.WeightsHash, cancellation);
        var texts = new Dictionary<string, byte[]>();
        foreach (var file in data.TextFiles.DistinctBy(file => file.Sha256))
        {
            texts[file.Sha256] = await artifacts.Get(file.Sha256, cancellation);
        }
        return await Task.Run(() =>
        {
            // Held-out sequences come one after another out of one stream: those after this one need not be drawn.
            var heldOut = new SequenceMixture(data, model.NCtx, new TextsInMemory(texts)).HeldOut(sequence + 1);
            var tokens = heldOut.AsSpan(sequence * model.NCtx, Math.Min(model.NCtx, PatternPicture.MostTokens)).ToArray();
            int[] shown = [.. tokens.Select(token => (int)token)];
            return (IReadOnlyList<PatternPicture>)[.. HeadPictures.Draw(weights, model, data.Vocab, tokens).Select(head => new PatternPicture(run.Id, chosen.Step, head.Layer, head.Head, shown, head.Weights, head.ValueWeighted))];
        }, cancellation);
    }
}
