using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One way of composing two heads: raw score, its excess over 1/sqrt(d), and z under random relative rotations. NaN if undefined.</summary>
public readonly record struct Composition(double Raw, double Excess, double Z);

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
    private readonly Composition[,] _query;
    private readonly Composition[,] _key;
    private readonly Composition[,] _value;

    /// <summary>Scores all pairs of a model's heads in different layers.</summary>
    public CompositionScores(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (heads, perLayer) = (model.Heads, model.Configuration.Heads);
        (_query, _key, _value) = (new Composition[heads.Count, heads.Count], new Composition[heads.Count, heads.Count], new Composition[heads.Count, heads.Count]);
        if (heads.Count <= perLayer)
        {
            return;                                                                                        // one layer, or no heads: no pair
        }
        var (gramQ, gramK, gramV, gramO) = (Gram(heads.W_Q), Gram(heads.W_K), Gram(heads.W_V), Gram(heads.W_O.T()));   // [N, e, e]
        var (outputValue, queryKey) = (Spectrum.Of(gramV, gramO), Spectrum.Of(gramQ, gramK));
        var writers = Earlier(Root(gramV)).T().matmul(Earlier(heads.W_O));                                 // [N - H, e, d]
        (Composition[,] Scores, Tensor Readers, Spectrum Spectrum)[] kinds =                               // [N - H, d, e]
        [
            (_query, Later(heads.W_Q).matmul(Later(Root(gramK))), queryKey),
            (_key, Later(heads.W_K).matmul(Later(Root(gramQ))), queryKey),
            (_value, Later(heads.W_V).matmul(Later(Root(gramO))), outputValue),
        ];
        for (var first = 0; first + perLayer < heads.Count; first += perLayer)
        {
            foreach (var (scores, readers, later) in kinds)
            {
                using var inner = NewDisposeScope();
                var squares = SquaredNorms(writers.narrow(0, first, perLayer), readers.narrow(0, first, heads.Count - perLayer - first));
                Fill(scores, first, first + perLayer, squares.Matrix(), outputValue, later, model.Configuration.DModel);
            }
        }

        Tensor Earlier(Tensor stack) => stack.narrow(0, 0, heads.Count - perLayer);

        Tensor Later(Tensor stack) => stack.narrow(0, perLayer, heads.Count - perLayer);

        Tensor Root(Tensor gram) => SquareRoot(gram).to_type(heads.W_O.dtype);
    }

    /// <summary>How far head <paramref name="to"/> builds its queries from what head <paramref name="from"/> wrote (flat head numbers).</summary>
    public Composition Query(int from, int to) => _query[from, to];
    /// <summary>How far head <paramref name="to"/> builds its keys from what head <paramref name="from"/> wrote.</summary>
    public Composition Key(int from, int to) => _key[from, to];
    /// <summary>How far head <paramref name="to"/> moves on what head <paramref name="from"/> wrote.</summary>
    public Composition Value(int from, int to) => _value[from, to];

    private static Tensor Gram(Tensor factor) => factor.T().matmul(factor).Exact();

    /// <summary>C with G = C C^T of each Gram matrix [N, e, e]: by Cholesky, and if a Gram is singular by its eigenvalues.</summary>
    private static Tensor SquareRoot(Tensor gram)
    {
        var (root, info) = linalg.cholesky_ex(gram);
        var singular = info != 0;                                                                          // [N]
        if (singular.any().item<bool>())
        {
            var (values, vectors) = linalg.eigh(gram.nan_to_num(0, 0, 0));                                 // eigh refuses what is not finite
            root = where(singular.view(-1, 1, 1), vectors * values.clamp_min(0).sqrt().unsqueeze(-2), root);
        }
        return root + 0 * gram.sum([-2, -1], keepdim: true);                                               // not a number where the Gram is none
    }

    /// <summary>||W R||_F^2 for every writer [from, e, d] and every reader [to, d, e], as one product: [from, to].</summary>
    private static Tensor SquaredNorms(Tensor writers, Tensor readers)
    {
        var (from, e, d) = (writers.shape[0], writers.shape[1], writers.shape[2]);
        var to = readers.shape[0];
        var product = writers.reshape(from * e, d).matmul(readers.permute(1, 0, 2).reshape(d, to * e));    // [from * e, to * e]
        return product.mul_(product).view(from, e, to, e).sum([1, 3], type: ScalarType.Float64);
    }

    private static void Fill(Composition[,] scores, int firstFrom, int firstTo, double[,] squares, Spectrum earlier, Spectrum later, int d)
    {
        for (var i = 0; i < squares.GetLength(0); i++)
        {
            for (var j = 0; j < squares.GetLength(1); j++)
            {
                var (from, to) = (firstFrom + i, firstTo + j);
                scores[from, to] = Of(squares[i, j] / (later.Squares[to] * earlier.Squares[from]), later.Concentration[to], earlier.Concentration[from], d);
            }
        }
    }

    /// <summary>From the squared raw score and sum a^2 / (sum a)^2 of both matrices' squared singular values.</summary>
    internal static Composition Of(double square, double later, double earlier, int d)
    {
        if (!double.IsFinite(square))
        {
            return new(double.NaN, double.NaN, double.NaN);
        }
        var raw = Math.Sqrt(Math.Max(0.0, square));
        var variance = 2.0 * (later - 1.0 / d) * (earlier - 1.0 / d) / ((d - 1.0) * (d + 2.0));
        // Both spectra flat over all of d: every rotation gives the same score, and there is nothing to compare with.
        var z = variance > 1e-20 / ((double)d * d) ? (raw * raw - 1.0 / d) / Math.Sqrt(variance) : double.NaN;
        return new(raw, raw - 1.0 / Math.Sqrt(d), z);
    }

    /// <summary>Of the squared singular values a of W_1 W_2^T, by the Grams of its factors: sum a, and sum a^2 / (sum a)^2.</summary>
    private sealed record Spectrum(double[] Squares, double[] Concentration)
    {
        public static Spectrum Of(Tensor first, Tensor second)
        {
            var product = first.matmul(second);                                // [N, e, e], eigenvalues = squared singular values
            var (sum, squares) = (product.Trace(), (product * product.T()).sum([-2, -1]));
            return new(sum.Values(), (squares / sum.square()).Values());
        }
    }
}
