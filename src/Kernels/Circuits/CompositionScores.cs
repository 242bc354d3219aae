using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One way of composing two heads: raw score, its excess over 1/sqrt(d), and z under random relative rotations. NaN where undefined.</summary>
public readonly record struct Composition(double Raw, double Excess, double Z);

/// <summary>
/// Q-, K- and V-composition of every pair of heads (math.md 4.1), for head 1 in an earlier layer than head 2:
/// ||W_OV^1 M||_F / (||W_OV^1||_F ||M||_F) with M = W_QK^2 (Q), W_QK^2 transposed (K), W_OV^2 (V), in row-vector convention.
/// </summary>
/// <remarks>
/// With X = W_O^1 R^2, where R is the matrix of head 2 that reads (W_Q, W_K or W_V), the product is W_V^1 X S^2 and its squared
/// norm trace((W_V^1T W_V^1) X (S S^T) X^T): nothing larger than [d_head, d_head] per pair. The order of the factors is the
/// definition: reordered, as in the paper's original figure (erratum), the number measures something else and its null is
/// sqrt(d_head)/d. The variance under a Haar-random rotation is exact; with a = squared singular values,
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
        var (gramQ, gramK, gramV, gramO) = (Gram(heads.W_Q), Gram(heads.W_K), Gram(heads.W_V), Gram(heads.W_O.T()));   // [N, e, e]
        var (outputValue, queryKey) = (Spectrum.Of(gramV, gramO), Spectrum.Of(gramQ, gramK));
        _query = Score(heads.W_Q, gramK, queryKey);
        _key = Score(heads.W_K, gramQ, queryKey);
        _value = Score(heads.W_V, gramO, outputValue);

        Composition[,] Score(Tensor reader, Tensor beyond, Spectrum later)
        {
            var scores = new Composition[heads.Count, heads.Count];
            for (var first = 0; first + perLayer < heads.Count; first += perLayer)
            {
                for (var to = first + perLayer; to < heads.Count; to += perLayer)
                {
                    using var inner = NewDisposeScope();
                    var squares = SquaredNorms(
                        heads.W_O.narrow(0, first, perLayer), gramV.narrow(0, first, perLayer), reader.narrow(0, to, perLayer), beyond.narrow(0, to, perLayer));
                    Fill(scores, (first, to), squares.Matrix(), outputValue, later, model.Configuration.DModel);
                }
            }
            return scores;
        }
    }

    /// <summary>How far head <paramref name="to"/> builds its queries from what head <paramref name="from"/> wrote (flat head numbers).</summary>
    public Composition Query(int from, int to) => _query[from, to];
    /// <summary>How far head <paramref name="to"/> builds its keys from what head <paramref name="from"/> wrote.</summary>
    public Composition Key(int from, int to) => _key[from, to];
    /// <summary>How far head <paramref name="to"/> moves on what head <paramref name="from"/> wrote.</summary>
    public Composition Value(int from, int to) => _value[from, to];

    private static Tensor Gram(Tensor factor) => factor.T().matmul(factor).Exact();

    /// <summary>trace(Gram_V X Gram X^T) with X = W_O R for every pair of heads of two layers, as one product and two batched ones: [later, earlier].</summary>
    private static Tensor SquaredNorms(Tensor write, Tensor gramV, Tensor read, Tensor beyond)
    {
        var (from, e, d) = (write.shape[0], write.shape[1], write.shape[2]);
        var to = read.shape[0];
        var x = write.reshape(from * e, d).matmul(read.permute(1, 0, 2).reshape(d, to * e)).Exact();    // [from * e, to * e]
        var left = gramV.bmm(x.view(from, e, to * e));                                                  // [from, e, to * e]
        var framed = ByReader(left).bmm(beyond);                                                        // [to, from * e, e]
        return (framed * ByReader(x)).view(to, from, e * e).sum(-1);                                    // [to, from]

        Tensor ByReader(Tensor t) => t.view(from * e, to, e).transpose(0, 1).contiguous();
    }

    private static void Fill(Composition[,] scores, (int From, int To) first, double[,] squares, Spectrum earlier, Spectrum later, int d)
    {
        for (var i = 0; i < squares.GetLength(1); i++)
        {
            for (var j = 0; j < squares.GetLength(0); j++)
            {
                var (from, to) = (first.From + i, first.To + j);
                scores[from, to] = Of(squares[j, i] / (later.Squares[to] * earlier.Squares[from]), later.Concentration[to], earlier.Concentration[from], d);
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
            var (sum, squares) = (product.Trace(), product.matmul(product).Trace());
            return new(sum.Values(), (squares / sum.square()).Values());
        }
    }
}
