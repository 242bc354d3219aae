using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One layer with its norm folded into the readers. Heads are stacked along the last axis: head h owns columns h*e .. (h+1)*e.</summary>
/// <param name="W_Q">[d, H*e], folded.</param>
/// <param name="W_K">[d, H*e], folded.</param>
/// <param name="W_V">[d, H*e], folded.</param>
/// <param name="W_O">[H*e, d].</param>
/// <param name="B_Q">What queries get regardless of the stream: biases, and position vectors where they enter here. [1, H*e] or [T, H*e].</param>
/// <param name="B_K">The same for keys. [1, H*e] or [T, H*e].</param>
/// <param name="B_V">The same for values; belongs to the head (math.md 2.6). [H*e].</param>
/// <param name="B_O">Enters the residual stream like an embedding. [d].</param>
/// <param name="Smear">Share of a key that is its own, the rest is the key before it. [H], or null.</param>
public sealed record CircuitLayer(
    Tensor W_Q, Tensor W_K, Tensor W_V, Tensor W_O, Tensor B_Q, Tensor B_K, Tensor B_V, Tensor B_O, Tensor? Smear)
{
    /// <param name="layer">Weights of a pack of one.</param>
    /// <param name="configuration">Shape and conventions.</param>
    /// <param name="positions">Vectors added to the input of queries and keys after the norm [T, d], or null.</param>
    /// <param name="precision">Precision of the arithmetic.</param>
    internal static CircuitLayer Fold(LayerWeights layer, CircuitConfiguration configuration, Tensor? positions, ScalarType precision)
    {
        var (q, bq) = Reader(layer.W_Q, layer.B_Q, positions);
        var (k, bk) = Reader(layer.W_K, layer.B_K, positions);
        var (v, bv) = Reader(layer.W_V, layer.B_V, null);
        var write = CircuitModel.One(layer.W_O, precision);
        var bo = layer.B_O is { } b ? CircuitModel.One(b, precision) : zeros(configuration.DModel, dtype: precision);
        var smear = layer.SmearAlpha is { } alpha ? CircuitModel.One(alpha, precision).sigmoid() : null;
        return new(q, k, v, write, bq, bk, bv.flatten(), bo, smear);

        (Tensor, Tensor) Reader(Tensor packed, Tensor? bias, Tensor? vectors)
        {
            var raw = CircuitModel.One(packed, precision);                                            // [d, H*e]
            var (folded, offset) = CircuitModel.Fold(raw, layer.Norm, configuration, precision);      // [d, H*e], [H*e]
            offset = bias is null ? offset : offset + CircuitModel.One(bias, precision);
            return (folded, vectors is null ? offset.unsqueeze(0) : vectors.matmul(raw) + offset);    // positions come after the norm
        }
    }
}
