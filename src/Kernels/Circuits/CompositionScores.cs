using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// One way of composing two heads: raw score, its excess over 1/sqrt(d), and z under random relative rotations, float64 [S, N, N] each:
/// row = earlier head, column = later head, flat numbers. NaN if undefined, and if the second is not in a later layer.
/// </summary>
public sealed record Composition(Tensor Raw, Tensor Excess, Tensor Z);

/// <summary>
/// Q-, K- and V-composition of every pair of heads (math.md 4.1), for head 1 in an earlier layer than head 2:
/// ||W_OV^1 M||_F / (||W_OV^1||_F ||M||_F) with M = W_QK^2 (Q), W_QK^2 transposed (K), W_OV^2 (V), in row-vector convention.
/// </summary>
/// <remarks>
/// With M = R S^T, where R is the matrix of head 2 that reads (W_Q, W_K or W_V), the product is W_V^1 W_O^1 R S^T. A matrix at the
/// outside counts by its Gram alone: with W_V^T W_V = C C^T and S^T S = D D^T the norm is that of (C^T W_O^1)(R D), [d_head, d_head]
/// per pair, and all pairs of an earlier layer are one product of what its heads write with what all later heads read. The order
/// of the factors is the definition: reordered, as in the paper's original figure (erratum), the number measures something else
/// and its null is sqrt(d_head)/d. The variance under a Haar-random rotation is exact; with a = squared singular values,
/// var = 2 (Q_a/S_a^2 - 1/d)(Q_b/S_b^2 - 1/d) / ((d - 1)(d + 2)), which is math.md's expression without its cancellation.
/// </remarks>
public sealed class CompositionScores
{
    /// <summary>Scores all pairs of each model's heads in different layers.</summary>
    public CompositionScores(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (heads, perLayer, d) = (model.Heads, model.Configuration.Heads, model.Configuration.DModel);
        if (heads.Count <= perLayer)
        {
            Query = Key = Value = Kept(Of(Undefined(model), Undefined(model), Undefined(model), d));        // one layer, or no heads: no pair
            return;
        }
        var (gramQ, gramK, gramV, gramO) = (Gram(heads.W_Q), Gram(heads.W_K), Gram(heads.W_V), Gram(heads.W_O.T()));   // [S, N, e, e]
        var (outputValue, queryKey) = (Spectrum.Of(gramV, gramO), Spectrum.Of(gramQ, gramK));
        var writers = Root(gramV).T().matmul(heads.W_O);                                                    // [S, N, e, d]
        Query = Kept(Scores(heads.W_Q.matmul(Root(gramK)), queryKey));                                      // readers [S, N, d, e]
        Key = Kept(Scores(heads.W_K.matmul(Root(gramQ)), queryKey));
        Value = Kept(Scores(heads.W_V.matmul(Root(gramO)), outputValue));

        static Composition Kept(Composition way) => new(way.Raw.MoveToOuterDisposeScope(), way.Excess.MoveToOuterDisposeScope(), way.Z.MoveToOuterDisposeScope());

        Tensor Root(Tensor gram) => SquareRoot(gram).to_type(heads.W_O.dtype);

        Composition Scores(Tensor readers, Spectrum later)
        {
            var squares = Undefined(model);
            for (var first = 0; first + perLayer < heads.Count; first += perLayer)
            {
                var until = heads.Count - perLayer - first;
                squares.narrow(1, first, perLayer).narrow(2, first + perLayer, until)
                    .copy_(SquaredNorms(writers.narrow(1, first, perLayer), readers.narrow(1, first + perLayer, until)));
            }
            var norms = outputValue.Squares.unsqueeze(2) * later.Squares.unsqueeze(1);                      // [S, N, N]
            return Of(squares / norms, later.Concentration.unsqueeze(1), outputValue.Concentration.unsqueeze(2), d);
        }
    }

    /// <summary>How far a later head builds its queries from what an earlier one wrote.</summary>
    public Composition Query { get; }
    /// <summary>How far a later head builds its keys from what an earlier one wrote.</summary>
    public Composition Key { get; }
    /// <summary>How far a later head moves on what an earlier one wrote.</summary>
    public Composition Value { get; }

    private static Tensor Undefined(CircuitModel model) =>
        full([model.Members, model.Heads.Count, model.Heads.Count], double.NaN.Held(), ScalarType.Float64, model.W_E.device);

    private static Tensor Gram(Tensor factor) => factor.T().matmul(factor).Exact();

    /// <summary>C with G = C C^T of each Gram matrix [S, N, e, e]: by Cholesky, and if a Gram is singular by its eigenvalues.</summary>
    private static Tensor SquareRoot(Tensor gram)
    {
        var (root, info) = linalg.cholesky_ex(gram);
        var singular = info.ne(0.Held());                                                                           // [S, N]
        if (singular.any().item<bool>())
        {
            var (values, vectors) = linalg.eigh(gram.nan_to_num(0, 0, 0));                                  // eigh refuses what is not finite
            root = where(singular.unsqueeze(-1).unsqueeze(-1), vectors * values.clamp_min(0.0.Held()).sqrt().unsqueeze(-2), root);
        }
        return root.Plus(0.0.Held() * gram.sum([-2, -1], keepdim: true));                                     // not a number where the Gram is none
    }

    /// <summary>||W R||_F^2 for every writer [S, from, e, d] and every reader [S, to, d, e], as one product for each member: [S, from, to].</summary>
    private static Tensor SquaredNorms(Tensor writers, Tensor readers)
    {
        var (S, from, e, d, to) = (writers.shape[0], writers.shape[1], writers.shape[2], writers.shape[3], readers.shape[1]);
        var product = writers.reshape(S, from * e, d).bmm(readers.transpose(1, 2).reshape(S, d, to * e));   // [S, from * e, to * e]
        return product.mul_(product).view(S, from, e, to, e).sum([2, 4], type: ScalarType.Float64);
    }

    /// <summary>From squared raw scores, and sum a^2 / (sum a)^2 of both matrices' squared singular values.</summary>
    internal static Composition Of(Tensor squares, Tensor later, Tensor earlier, int d)
    {
        using var scope = NewDisposeScope();
        var undefined = double.NaN.Held();
        squares = squares.clamp_min(0.0.Held()).masked_fill(squares.isfinite().logical_not(), undefined);
        var (raw, chance) = (squares.sqrt(), (1.0 / d).Held());
        var variance = (later - chance) * (earlier - chance) * (2.0 / ((d - 1.0) * (d + 2.0))).Held();
        // Both spectra flat over all of d: every rotation gives the same score, and there is nothing to compare with.
        var z = ((squares - chance) / variance.sqrt()).masked_fill((variance > (1e-20 / ((double)d * d)).Held()).logical_not(), undefined);
        return new(raw.MoveToOuterDisposeScope(), (raw - (1.0 / Math.Sqrt(d)).Held()).MoveToOuterDisposeScope(), z.MoveToOuterDisposeScope());
    }

    /// <summary>Of the squared singular values a of W_1 W_2^T of each head [S, N], by the Grams of its factors: sum a, and sum a^2 / (sum a)^2.</summary>
    private sealed record Spectrum(Tensor Squares, Tensor Concentration)
    {
        public static Spectrum Of(Tensor first, Tensor second)
        {
            var product = first.matmul(second);                                // [S, N, e, e], eigenvalues = squared singular values
            var (sum, squares) = (product.Trace(), (product * product.T()).sum([-2, -1]));
            return new(sum, squares / sum.square());
        }
    }
}
