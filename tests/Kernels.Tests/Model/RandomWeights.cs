using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Model;

/// <summary>Weights that are uneven enough for attention patterns to matter; the same for the same shape.</summary>
internal static class RandomWeights
{
    public static ModelWeights Pack(ModelConfiguration shape, int vocab, int members)
    {
        var random = new Random(12345);
        var (S, d, wide) = (members, shape.DModel, shape.Heads * shape.DHead);
        return new ModelWeights(
            Normal(S, vocab, d),
            shape.Positions == PositionKind.Learned ? Normal(S, shape.NCtx, d) : null,
            [.. Enumerable.Range(0, shape.Layers).Select(_ => new LayerWeights(
                Normal(S, d, wide), Normal(S, d, wide), Normal(S, d, wide), Normal(S, wide, d), null, null, null, null,
                Norm(), shape.SmearedKeys ? Normal(S, shape.Heads) : null))],
            Norm(),
            Normal(S, d, vocab),
            null);

        NormWeights? Norm() => shape.LayerNorm ? new NormWeights(Normal(S, d) + 1, Normal(S, d)) : null;
        Tensor Normal(params long[] axes) =>
            tensor([.. Enumerable.Range(0, (int)axes.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)((random.NextDouble() - 0.5) * 1.6))], axes);
    }
}
