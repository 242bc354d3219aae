using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// What two heads do together, as d_head × d_head matrices that share the non-trivial eigenvalues of the circuits between tokens:
/// the K-composed QK circuit W_E W_QK^2 W_OV^1T W_E^T, in which the query reads its token and the key what head 1 moved there
/// (math.md 4.2), and the full OV circuit of the virtual head W_E W_OV^1 W_OV^2 W_U (2.3).
/// </summary>
public sealed class PairCircuits
{
    private readonly CircuitModel _model;
    private readonly TokenCircuits _tokens;
    private readonly Tensor _norms;             // [N] ||W_O|| ||W_V|| of each head

    /// <summary>Prepares the pairs of a model.</summary>
    public PairCircuits(CircuitModel model, TokenCircuits tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        (_model, _tokens) = (model, tokens);
        _norms = (tokens.Heads.W_O.SquaredNorm() * tokens.Heads.W_V.SquaredNorm()).sqrt();
    }

    /// <summary>The K-composed QK circuits of one later head with every head of the earlier layers, [earlier, e, e], float64.</summary>
    public Tensor KeyComposed(int later)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (heads, earlier) = (_tokens.Heads, Earlier(later));
        var (key, query) = (heads.W_K[later], heads.W_Q[later]);                                                  // [d, e]
        var left = heads.W_O.narrow(0, 0, earlier).matmul(key).T();                                               // W_K^T W_O^T [earlier, e, e]
        var right = heads.W_V.narrow(0, 0, earlier).T().matmul(_tokens.Gram.matmul(query));                       // W_V^T G W_Q [earlier, e, e]
        return left.Exact().matmul(right.Exact()).MoveToOuterDisposeScope();
    }

    /// <summary>The full OV circuits of the virtual heads that one later head makes with every head of the earlier layers, [earlier, e, e], float64.</summary>
    public Tensor Virtual(int later)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (heads, earlier) = (_tokens.Heads, Earlier(later));
        var join = heads.W_O.narrow(0, 0, earlier).matmul(heads.W_V[later]);                                      // W_O^1 W_V^2 [earlier, e, e]
        var back = heads.W_O[later].matmul(_tokens.Through).matmul(heads.W_V.narrow(0, 0, earlier));              // W_O^2 B W_V^1 [earlier, e, e]
        return join.Exact().matmul(back.Exact()).MoveToOuterDisposeScope();
    }

    /// <summary>Product of the norms of the factors of <see cref="KeyComposed"/> [earlier].</summary>
    public Tensor KeyComposedNorms(int later) =>
        _norms.narrow(0, 0, Earlier(later)) * Math.Sqrt(_tokens.Heads.W_Q[later].SquaredNorm().Value() * _tokens.Heads.W_K[later].SquaredNorm().Value()) * (_tokens.EmbedNorm * _tokens.EmbedNorm);

    /// <summary>Product of the norms of the factors of <see cref="Virtual"/> [earlier].</summary>
    public Tensor VirtualNorms(int later) =>
        _norms.narrow(0, 0, Earlier(later)) * (_norms[later].Value() * _tokens.EmbedNorm * _tokens.UnembedNorm);

    /// <summary>Number of heads in the layers before the one of head <paramref name="later"/>.</summary>
    public int Earlier(int later) => later / _model.Configuration.Heads * _model.Configuration.Heads;
}
