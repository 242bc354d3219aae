using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Fills the losses of single tokens of one snapshot's vector, by the forward pass of training: it keeps no attention patterns.</summary>
internal sealed class TokenLossMeasure(ModelConfiguration model, LossExamples examples) : IDisposable
{
    private const int MostTokens = 16_384;

    private readonly Transformer _transformer = new(model);

    public void Fill(ModelWeights weights, MetricVector vector)
    {
        var row = 0;
        foreach (var chunk in examples.Sequences.Chunk(Math.Max(1, MostTokens / model.NCtx)))
        {
            using var scope = NewDisposeScope();
            var tokens = tensor(chunk.SelectMany(sequence => sequence).ToArray(), [1, chunk.Length, chunk[0].Length]);
            var losses = _transformer.TokenLosses(weights, tokens)[0].Rows();       // [sequence][pos - 1]
            foreach (var sequence in losses)
            {
                vector.Set("token_losses", row, "loss", sequence[examples.Index[row] - 1].Defined());
                row++;
            }
        }
    }

    public void Dispose() => _transformer.Dispose();
}
