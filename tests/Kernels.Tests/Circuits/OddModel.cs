using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>A model of an odd shape with every optional part on or off, as plain numbers, so that tests can transform and print it.</summary>
internal sealed record OddModel(
    int Layers, int Heads, int DModel, int DHead, int Vocab, int Length, int Batch, PositionKind Positions, Normalization Normalization, bool Biases, bool Smeared, int RotaryDimensions, bool AdjacentPairs, int Seed)
{
    private static readonly PositionKind[] Kinds = [PositionKind.None, PositionKind.Shortformer, PositionKind.Learned, PositionKind.Rotary];

    /// <summary>L = 0..4, d_model ≠ heads · d_head, heads wider than the model, rotary over a part of a head, norms, biases, smeared keys.</summary>
    public static Gen<OddModel> Any { get; } =
        from layers in Gen.Int[0, 4]
        from heads in Gen.Int[1, 3]
        from d in Gen.Int[2, 9]
        from e in Gen.Int[1, 6]
        from vocab in Gen.Int[2, 11]
        from length in Gen.Int[2, 8]
        from batch in Gen.Int[1, 3]
        from kind in Gen.Int[0, 3]
        from norm in Gen.Int[0, 2]
        from switches in Gen.Int[0, 7]
        from rotated in Gen.Int[0, 3]
        from seed in Gen.Int[0, 1_000_000]
        select new OddModel(layers, heads, d, e, vocab, length, batch, Kinds[kind], (Normalization)norm, (switches & 1) != 0, (switches & 2) != 0, Math.Min(2 * rotated, e - e % 2), (switches & 4) != 0, seed);

    public CircuitConfiguration Configuration => new()
    {
        Layers = Layers,
        Heads = Heads,
        DModel = DModel,
        DHead = DHead,
        NCtx = Length + 1,
        Vocab = Vocab,
        Positions = Positions,
        Normalization = Normalization,
        AttentionScale = 0.7 * Math.Sqrt(DHead),
        RotaryDimensions = Positions == PositionKind.Rotary ? RotaryDimensions : 0,
        RotaryBase = 100,
        RotaryAdjacentPairs = AdjacentPairs,
    };

    /// <summary>Float64 weights, S = 1.</summary>
    public ModelWeights Weights()
    {
        var normal = new NormalSource(Seed);
        var wide = Heads * DHead;
        return new ModelWeights(
            Draw(0.7, 1, Vocab, DModel),
            Positions is PositionKind.Shortformer or PositionKind.Learned ? Draw(0.6, 1, Length + 1, DModel) : null,
            [.. Enumerable.Range(0, Layers).Select(_ => new LayerWeights(
                Reader(), Reader(), Reader(), Draw(1.0 / Math.Sqrt(wide), 1, wide, DModel),
                Bias(wide), Bias(wide), Bias(wide), Bias(DModel), Norm(), Smeared ? Draw(1.0, 1, Heads) : null))],
            Norm(),
            Draw(0.7, 1, DModel, Vocab),
            Bias(Vocab));

        Tensor Draw(double scale, params long[] shape) => normal.Tensor(shape) * scale;
        Tensor Reader() => Draw(1.2 / Math.Sqrt(DModel), 1, DModel, wide);
        Tensor? Bias(int size) => Biases ? Draw(0.5, 1, size) : null;
        NormWeights? Norm() => Normalization == Normalization.LayerNorm ? new(Draw(0.3, 1, DModel) + 1, Draw(0.3, 1, DModel)) : null;
    }

    /// <summary>Random token ids [batch, pos] with repeats.</summary>
    public Tensor Tokens()
    {
        var random = new Random(Seed + 1);
        return tensor([.. Enumerable.Range(0, Batch * Length).Select(_ => (long)random.Next(Vocab))], [Batch, Length]);
    }

    public CircuitModel Model(Func<ModelWeights, ModelWeights>? change = null) => CircuitModel.Create(change is null ? Weights() : change(Weights()), Configuration);
}

/// <summary>Property tests over odd models, each sample in its own dispose scope.</summary>
internal static class OddModels
{
    public static void Check(int samples, Action<OddModel> property, Func<OddModel, bool>? where = null) =>
        OddModel.Any.Where(where ?? (_ => true)).Sample(
            odd =>
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                property(odd);
            },
            iter: samples, threads: 1);
}
