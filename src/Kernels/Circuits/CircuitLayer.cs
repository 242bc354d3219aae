using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One layer with its norm folded into the readers. Heads are stacked along the last axis: head h owns columns h*e .. (h+1)*e.</summary>
/// <param name="Readers">What reads the stream, folded: <see cref="W_Q"/>, <see cref="W_K"/> and <see cref="W_V"/> side by side [S, d, 3*H*e].</param>
/// <param name="Constants">What queries, keys and values get regardless of the stream, side by side [S, 1, 3*H*e] or [S, T, 3*H*e].</param>
/// <param name="W_O">[S, H*e, d].</param>
/// <param name="B_O">Enters the residual stream like an embedding. [S, d].</param>
/// <param name="Smear">Share of a key that is its own, the rest is the key before it. [S, H], or null.</param>
public sealed record CircuitLayer(Tensor Readers, Tensor Constants, Tensor W_O, Tensor B_O, Tensor? Smear)
{
    /// <summary>[S, d, H*e].</summary>
    public Tensor W_Q { get; } = Third(Readers, 0);
    /// <summary>[S, d, H*e].</summary>
    public Tensor W_K { get; } = Third(Readers, 1);
    /// <summary>[S, d, H*e].</summary>
    public Tensor W_V { get; } = Third(Readers, 2);
    /// <summary>What queries get regardless of the stream: biases, and position vectors where they enter here. [S, 1, H*e] or [S, T, H*e].</summary>
    public Tensor B_Q { get; } = Third(Constants, 0);
    /// <summary>The same for keys. [S, 1, H*e] or [S, T, H*e].</summary>
    public Tensor B_K { get; } = Third(Constants, 1);
    /// <summary>The same for values, at every position; belongs to the head (math.md 2.6). [S, H*e].</summary>
    public Tensor B_V { get; } = Third(Constants, 2).select(1, 0);

    /// <param name="layer">Weights of a pack.</param>
    /// <param name="configuration">Shape and conventions.</param>
    /// <param name="positions">Vectors added to the input of queries and keys after the norm [S or 1, T, d], or null.</param>
    /// <param name="precision">Precision of the arithmetic.</param>
    internal static CircuitLayer Fold(LayerWeights layer, CircuitConfiguration configuration, Tensor? positions, ScalarType precision)
    {
        var (q, bq) = Reader(layer.W_Q, layer.B_Q, positions);
        var (k, bk) = Reader(layer.W_K, layer.B_K, positions);
        var (v, bv) = Reader(layer.W_V, layer.B_V, null);
        var write = CircuitModel.Typed(layer.W_O, precision);
        var bo = layer.B_O is { } b ? CircuitModel.Typed(b, precision) : zeros([write.shape[0], configuration.DModel], precision, write.device);
        var smear = layer.SmearAlpha is { } alpha ? CircuitModel.Typed(alpha, precision).sigmoid() : null;
        return new(cat([q, k, v], 2), cat([bq, bk, bv.expand_as(bq)], 2), write, bo, smear);

        (Tensor, Tensor) Reader(Tensor packed, Tensor? bias, Tensor? vectors)
        {
            var raw = CircuitModel.Typed(packed, precision);                                          // [S, d, H*e]
            var (folded, offset) = CircuitModel.Fold(raw, layer.Norm, configuration, precision);      // [S, d, H*e], [S, H*e]
            offset = (bias is null ? offset : offset.Plus(CircuitModel.Typed(bias, precision))).unsqueeze(1);
            return (folded, vectors is null ? offset : vectors.matmul(raw).Plus(offset));               // positions come after the norm
        }
    }

    private static Tensor Third(Tensor joined, int index) => joined.narrow(2, index * (joined.shape[2] / 3), joined.shape[2] / 3);
}
