using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The weights of every head of a model, N = L * H, head l.h in row l * H + h. Both circuits of a head have rank at most e:
/// W_QK = W_Q W_K^T (query reads left, key reads right) and W_OV = W_V W_O, each [d, d] and never built.
/// </summary>
/// <param name="W_Q">[N, d, e], folded.</param>
/// <param name="W_K">[N, d, e], folded.</param>
/// <param name="W_V">[N, d, e], folded.</param>
/// <param name="W_O">[N, e, d].</param>
public sealed record HeadStack(Tensor W_Q, Tensor W_K, Tensor W_V, Tensor W_O)
{
    /// <summary>Number of heads N.</summary>
    public int Count => (int)W_Q.shape[0];

    internal static HeadStack Of(CircuitConfiguration configuration, IReadOnlyList<CircuitLayer> layers, Tensor like)
    {
        var (heads, d, e) = (configuration.Heads, configuration.DModel, configuration.DHead);
        if (layers.Count == 0 || heads == 0)
        {
            var none = zeros([0, d, e], dtype: like.dtype);
            return new(none, none, none, zeros([0, e, d], dtype: like.dtype));
        }
        return new(
            Readers(layer => layer.W_Q), Readers(layer => layer.W_K), Readers(layer => layer.W_V),
            cat([.. layers.Select(layer => layer.W_O.view(heads, e, d))], 0));

        Tensor Readers(Func<CircuitLayer, Tensor> of) =>
            cat([.. layers.Select(layer => of(layer).view(d, heads, e).permute(1, 0, 2))], 0);      // [N, d, e]
    }
}
