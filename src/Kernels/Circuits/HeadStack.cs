using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The weights of every head of each model of a pack, N = L * H, head l.h in row l * H + h. Both circuits of a head have rank at most e:
/// W_QK = W_Q W_K^T (query reads left, key reads right) and W_OV = W_V W_O, each [d, d] and never built.
/// </summary>
/// <param name="W_Q">[S, N, d, e], folded.</param>
/// <param name="W_K">[S, N, d, e], folded.</param>
/// <param name="W_V">[S, N, d, e], folded.</param>
/// <param name="W_O">[S, N, e, d].</param>
public sealed record HeadStack(Tensor W_Q, Tensor W_K, Tensor W_V, Tensor W_O)
{
    /// <summary>Number of heads N.</summary>
    public int Count => (int)W_Q.shape[1];

    internal static HeadStack Of(CircuitConfiguration configuration, IReadOnlyList<CircuitLayer> layers, Tensor like)
    {
        var (heads, d, e) = (configuration.Heads, configuration.DModel, configuration.DHead);
        if (layers.Count == 0 || heads == 0)
        {
            var none = zeros([like.shape[0], 0, d, e], like.dtype, like.device);
            return new(none, none, none, none.T());
        }
        return new(
            Readers(layer => layer.W_Q), Readers(layer => layer.W_K), Readers(layer => layer.W_V),
            cat([.. layers.Select(layer => layer.W_O.view(-1, heads, e, d))], 1));

        Tensor Readers(Func<CircuitLayer, Tensor> of) =>
            cat([.. layers.Select(layer => of(layer).view(-1, d, heads, e).transpose(1, 2))], 1);      // [S, N, d, e]
    }
}
