using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Losses of single tokens of a pack's snapshots, by the forward pass of training: it keeps no attention patterns.</summary>
internal sealed class TokenLossMeasure(ModelConfiguration model, LossExamples examples, Device device) : IDisposable
{
    private const int MostTokens = 16_384;

    private readonly Transformer _transformer = new(model, device);

    public void Fill(ModelWeights pack, MetricColumns columns)
    {
        var (members, row, found) = (pack.W_E.shape[0], 0, new List<Tensor>());
        foreach (var chunk in examples.Sequences.Chunk(Math.Max(1, MostTokens / model.NCtx)))
        {
            using var scope = NewDisposeScope();
            var tokens = tensor(chunk.SelectMany(sequence => sequence).ToArray(), [1, chunk.Length, chunk[0].Length]).to(device).expand(members, -1, -1);
            var index = tensor([.. examples.Index.Skip(row).Take(chunk.Length).Select(i => i - 1L)], [1, chunk.Length, 1]).to(device).expand(members, -1, -1);
            found.Add(_transformer.TokenLosses(pack, tokens).gather(2, index).squeeze(2).MoveToOuterDisposeScope());    // [S, sequence]
            row += chunk.Length;
        }
        columns.Set("token_losses", "loss", cat(found, 1));
    }

    public void Dispose() => _transformer.Dispose();
}
