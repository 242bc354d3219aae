using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// What two heads do together, as d_head × d_head matrices that share the non-trivial eigenvalues of the circuits between tokens:
/// the K-composed QK circuit W_E W_QK^2 W_OV^1T W_E^T, in which the query reads its token and the key what head 1 moved there
/// (math.md 4.2), and the full OV circuit of the virtual head W_E W_OV^1 W_OV^2 W_U (2.3). All heads of one later layer (To) with all
/// heads of the layers before it (From).
/// </summary>
public sealed class PairCircuits
{
    private readonly CircuitModel _model;
    private readonly TokenCircuits _tokens;
    private readonly Tensor _written;           // ||W_O|| ||W_V|| of each head [S, N]
    private readonly Tensor _read;              // ||W_Q|| ||W_K|| of each head [S, N]

    /// <summary>Prepares the pairs of a pack.</summary>
    public PairCircuits(CircuitModel model, TokenCircuits tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        (_model, _tokens) = (model, tokens);
        var heads = tokens.Heads;
        _written = (heads.W_O.SquaredNorm() * heads.W_V.SquaredNorm()).sqrt();
        _read = (heads.W_Q.SquaredNorm() * heads.W_K.SquaredNorm()).sqrt();
    }

    /// <summary>The K-composed QK circuits, float64 [S, From, To, e, e].</summary>
    public Tensor KeyComposed(int layer)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var heads = _tokens.Heads;
        var left = Products(Before(heads.W_O, layer), Own(heads.W_K, layer)).T();                                 // W_K^T W_O^T [S, From, To, e, e]
        var right = Products(Before(heads.W_V, layer).T(), Own(heads.W_Q, layer), _tokens.Gram);                  // W_V^T G W_Q [S, From, To, e, e]
        return left.Exact().matmul(right.Exact()).MoveToOuterDisposeScope();
    }

    /// <summary>The full OV circuits of virtual heads, float64 [S, From, To, e, e].</summary>
    public Tensor Virtual(int layer)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var heads = _tokens.Heads;
        var join = Products(Before(heads.W_O, layer), Own(heads.W_V, layer));                                     // W_O^1 W_V^2 [S, From, To, e, e]
        var back = Products(Own(heads.W_O, layer), Before(heads.W_V, layer), _tokens.Through).transpose(1, 2);    // W_O^2 B W_V^1 [S, From, To, e, e]
        return join.Exact().matmul(back.Exact()).MoveToOuterDisposeScope();
    }

    /// <summary>Product of the norms of the factors of <see cref="KeyComposed"/> [S, From, To].</summary>
    public Tensor KeyComposedNorms(int layer) =>
        Before(_written, layer).unsqueeze(2) * Own(_read, layer).unsqueeze(1) * _tokens.EmbedNorm.square().unsqueeze(1).unsqueeze(2);

    /// <summary>Product of the norms of the factors of <see cref="Virtual"/> [S, From, To].</summary>
    public Tensor VirtualNorms(int layer) =>
        Before(_written, layer).unsqueeze(2) * Own(_written, layer).unsqueeze(1) * (_tokens.EmbedNorm * _tokens.UnembedNorm).unsqueeze(1).unsqueeze(2);

    private Tensor Before(Tensor heads, int layer) => heads.narrow(1, 0, (long)layer * _model.Configuration.Heads);

    private Tensor Own(Tensor heads, int layer) => heads.narrow(1, (long)layer * _model.Configuration.Heads, _model.Configuration.Heads);

    /// <summary>Every left [S, a, m, d] times every right [S, b, d, n], with a matrix [S, d, d] between them if there is one: [S, a, b, m, n].</summary>
    private static Tensor Products(Tensor left, Tensor right, Tensor? between = null)
    {
        var (S, a, m, d, b, n) = (left.shape[0], left.shape[1], left.shape[2], left.shape[3], right.shape[1], right.shape[3]);
        var rows = left.reshape(S, a * m, d);
        return (between is null ? rows : rows.bmm(between)).bmm(right.transpose(1, 2).reshape(S, d, b * n)).view(S, a, m, b, n).transpose(2, 3);
    }
}
