using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Circuits.Bench;

/// <summary>Gaussian weights with fan-in scales; times do not depend on values.</summary>
internal static class SyntheticWeights
{
    public static ModelWeights Of(ModelConfiguration shape, int vocab, int members = 1)
    {
        using var _ = no_grad();
        var generator = new Generator(7);
        var (d, wide) = (shape.DModel, shape.Heads * shape.DHead);
        return new ModelWeights(
            Normal(1, vocab, d), null,
            [.. Enumerable.Range(0, shape.Layers).Select(_ => new LayerWeights(
                Normal(d, d, wide), Normal(d, d, wide), Normal(d, d, wide), Normal(wide, wide, d), null, null, null, null, null, null))],
            null, Normal(d, d, vocab), null);

        Tensor Normal(int fanIn, int rows, int columns) => randn([members, rows, columns], generator: generator) / Math.Sqrt(fanIn);
    }
}
