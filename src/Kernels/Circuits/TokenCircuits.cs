using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The circuits of every head between tokens, W_E W_OV W_U and W_E W_QK W_E^T, both [V, V], through the d_head × d_head matrices
/// that share their non-trivial eigenvalues: eigenvalues of AB are those of BA (math.md 3.2). What all heads share,
/// B = W_U W_E and G = W_E^T W_E, is made once, [d, d] each. Biases are left out (math.md 2.6).
/// </summary>
public sealed class TokenCircuits
{
    private const long ChunkElements = 1L << 22;
    private const int SymmetricBlocks = 8;

    private readonly HeadStack _heads;
    private readonly Tensor _centered;     // B for W_U minus its mean over the vocabulary

    /// <summary>Makes what the heads share, a few thousand tokens at a time; costs V d^2 multiplications for B and 9/16 V d^2 for G.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">Precision of these products; by default the model's own.</param>
    public TokenCircuits(CircuitModel model, ScalarType? precision = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (d, vocab, type) = (model.Configuration.DModel, model.Configuration.Vocab, precision ?? model.W_E.dtype);
        var (through, gram, embedSum) = (zeros([d, d], dtype: type), zeros([d, d], dtype: type), zeros([1, d], dtype: type));
        var (unembedSum, unembedSquares) = (zeros([d, 1], dtype: type), 0.0);
        var step = Math.Max(1, ChunkElements / d);
        for (var start = 0L; start < vocab; start += step)
        {
            using var chunk = NewDisposeScope();
            var count = Math.Min(step, vocab - start);
            var embed = model.W_E.narrow(0, start, count).to_type(type);                        // [chunk, d]
            var unembed = model.W_U.narrow(1, start, count).to_type(type);                      // [d, chunk]
            through.add_(unembed.matmul(embed));
            AddUpperGram(gram, embed);
            embedSum.add_(embed.sum([0], keepdim: true));
            unembedSum.add_(unembed.sum([1], keepdim: true));
            unembedSquares += Math.Pow(linalg.vector_norm(unembed).Value(), 2);
        }
        gram = gram.triu() + gram.triu(1).T();
        _heads = new(Typed(model.Heads.W_Q), Typed(model.Heads.W_K), Typed(model.Heads.W_V), Typed(model.Heads.W_O));
        _centered = (through - unembedSum.matmul(embedSum) / vocab).MoveToOuterDisposeScope();
        (Through, Gram) = (through.MoveToOuterDisposeScope(), gram.MoveToOuterDisposeScope());
        EmbedNorm = Math.Sqrt(gram.Trace().Value());
        UnembedNorm = Math.Sqrt(unembedSquares);

        Tensor Typed(Tensor weights) => weights.to_type(type).MoveToOuterDisposeScope();
    }

    /// <summary>B = W_U W_E [d, d]: what is written, read as tokens, embedded again.</summary>
    public Tensor Through { get; }
    /// <summary>G = W_E^T W_E [d, d].</summary>
    public Tensor Gram { get; }
    /// <summary>Every head, in the precision of the products.</summary>
    internal HeadStack Heads => _heads;
    /// <summary>Frobenius norm of W_E.</summary>
    public double EmbedNorm { get; }
    /// <summary>Frobenius norm of W_U.</summary>
    public double UnembedNorm { get; }

    /// <summary>[N, e, e] with the eigenvalues of every full OV circuit: W_O (W_U W_E) W_V.</summary>
    public Tensor OutputValue => _heads.W_O.matmul(Through).matmul(_heads.W_V);
    /// <summary>The same on the centred unembedding, which no constant added to all logits can move.</summary>
    public Tensor OutputValueCentered => _heads.W_O.matmul(_centered).matmul(_heads.W_V);
    /// <summary>[N, e, e] with the eigenvalues of every full QK circuit: W_K^T (W_E^T W_E) W_Q, without the attention scale.</summary>
    public Tensor QueryKey => _heads.W_K.T().matmul(Gram).matmul(_heads.W_Q);

    /// <summary>OV eigen-scores of all heads [N]: copying.</summary>
    public double[] Copying() => EigenScore.Of(OutputValue, OutputValueNorms());
    /// <summary>OV eigen-scores on the centred unembedding [N].</summary>
    public double[] CopyingCentered() => EigenScore.Of(OutputValueCentered, OutputValueNorms());
    /// <summary>QK eigen-scores of all heads [N]: matching.</summary>
    public double[] Matching() => EigenScore.Of(QueryKey, (_heads.W_Q.SquaredNorm() * _heads.W_K.SquaredNorm()).sqrt() * (EmbedNorm * EmbedNorm));
    /// <summary>Traces of the full OV circuits [N].</summary>
    public double[] CopyingTrace() => OutputValue.Trace().Values();

    private Tensor OutputValueNorms() => (_heads.W_V.SquaredNorm() * _heads.W_O.SquaredNorm()).sqrt() * (EmbedNorm * UnembedNorm);

    /// <summary>Adds E^T E to the blocks on and above the diagonal of a symmetric matrix; the others are left alone.</summary>
    private static void AddUpperGram(Tensor gram, Tensor rows)
    {
        var d = rows.shape[1];
        var width = Math.Max(64, (d + SymmetricBlocks - 1) / SymmetricBlocks);
        for (var start = 0L; start < d; start += width)
        {
            using var block = NewDisposeScope();
            var own = rows.narrow(1, start, Math.Min(width, d - start));                        // [chunk, width]
            var until = start + own.shape[1];
            gram.narrow(0, 0, until).narrow(1, start, own.shape[1]).add_(rows.narrow(1, 0, until).T().matmul(own));
        }
    }
}
