using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One layer with its norm folded into the readers. Heads are stacked along the last axis: head h owns columns h*e .. (h+1)*e.</summary>
/// <param name="W_Q">[S, d, H*e], folded.</param>
/// <param name="W_K">[S, d, H*e], folded.</param>
/// <param name="W_V">[S, d, H*e], folded.</param>
/// <param name="W_O">[S, H*e, d].</param>
/// <param name="B_Q">What queries get regardless of the stream: biases, and position vectors where they enter here. [S, 1, H*e] or [S, T, H*e].</param>
/// <param name="B_K">The same for keys. [S, 1, H*e] or [S, T, H*e].</param>
/// <param name="B_V">The same for values; belongs to the head (math.md 2.6). [S, H*e].</param>
/// <param name="B_O">Enters the residual stream like an embedding. [S, d].</param>
/// <param name="Smear">Share of a key that is its own, the rest is the key before it. [S, H], or null.</param>
public sealed record CircuitLayer(
    Tensor W_Q, Tensor W_K, Tensor W_V, Tensor W_O, Tensor B_Q, Tensor B_K, Tensor B_V, Tensor B_O, Tensor? Smear)
{
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
        return new(q, k, v, write, bq, bk, bv.squeeze(1), bo, smear);

        (Tensor, Tensor) Reader(Tensor packed, Tensor? bias, Tensor? vectors)
        {
            var raw = CircuitModel.Typed(packed, precision);                                          // [S, d, H*e]
            var (folded, offset) = CircuitModel.Fold(raw, layer.Norm, configuration, precision);      // [S, d, H*e], [S, H*e]
            offset = (bias is null ? offset : offset.Plus(CircuitModel.Typed(bias, precision))).unsqueeze(1);
            return (folded, vectors is null ? offset : vectors.matmul(raw).Plus(offset));               // positions come after the norm
        }
    }
}
