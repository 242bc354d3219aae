using Orchestrator.Kernels.Native;
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
    /// <param name="model">The pack.</param>
    /// <param name="precision">Precision of these products; by default the pack's own.</param>
    public TokenCircuits(CircuitModel model, ScalarType? precision = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (S, d, vocab, type, device) = (model.Members, model.Configuration.DModel, model.Configuration.Vocab, precision ?? model.W_E.dtype, model.W_E.device);
        var (through, gram, embedSum) = (zeros([S, d, d], type, device), zeros([S, d, d], type, device), zeros([S, 1, d], type, device));
        var (unembedSum, unembedSquares) = (zeros([S, d, 1], type, device), zeros([S], ScalarType.Float64, device));
        var step = Math.Max(1, ChunkElements / ((long)S * d));
        for (var start = 0L; start < vocab; start += step)
        {
            using var chunk = NewDisposeScope();
            var count = Math.Min(step, vocab - start);
            var embed = model.W_E.narrow(1, start, count).to_type(type);                        // [S, chunk, d]
            var unembed = model.W_U.narrow(2, start, count).to_type(type);                      // [S, d, chunk]
            through.Add(unembed.bmm(embed));
            AddUpperGram(gram, embed);
            embedSum.Add(embed.sum([1], keepdim: true));
            unembedSum.Add(unembed.sum([2], keepdim: true));
            unembedSquares.Add(unembed.square().sum([1, 2], type: ScalarType.Float64));
        }
        gram = gram.triu().Plus(gram.triu(1).T());
        _heads = new(Typed(model.Heads.W_Q), Typed(model.Heads.W_K), Typed(model.Heads.W_V), Typed(model.Heads.W_O));
        _centered = (through - unembedSum.bmm(embedSum) / vocab.Held()).MoveToOuterDisposeScope();
        (Through, Gram) = (through.MoveToOuterDisposeScope(), gram.MoveToOuterDisposeScope());
        EmbedNorm = gram.Trace().sqrt().MoveToOuterDisposeScope();
        UnembedNorm = unembedSquares.sqrt().MoveToOuterDisposeScope();

        Tensor Typed(Tensor weights) => weights.to_type(type).MoveToOuterDisposeScope();
    }

    /// <summary>B = W_U W_E [S, d, d]: what is written, read as tokens, embedded again.</summary>
    public Tensor Through { get; }
    /// <summary>G = W_E^T W_E [S, d, d].</summary>
    public Tensor Gram { get; }
    /// <summary>Every head, in the precision of the products.</summary>
    internal HeadStack Heads => _heads;
    /// <summary>Frobenius norm of W_E, float64 [S].</summary>
    public Tensor EmbedNorm { get; }
    /// <summary>Frobenius norm of W_U, float64 [S].</summary>
    public Tensor UnembedNorm { get; }

    /// <summary>[S, N, e, e] with the eigenvalues of every full OV circuit: W_O (W_U W_E) W_V.</summary>
    public Tensor OutputValue => _heads.W_O.Times(Through).matmul(_heads.W_V);
    /// <summary>The same on the centred unembedding, which no constant added to all logits can move.</summary>
    public Tensor OutputValueCentered => _heads.W_O.Times(_centered).matmul(_heads.W_V);
    /// <summary>[S, N, e, e] with the eigenvalues of every full QK circuit: W_K^T (W_E^T W_E) W_Q, without the attention scale.</summary>
    public Tensor QueryKey => _heads.W_K.T().Times(Gram).matmul(_heads.W_Q);

    /// <summary>OV eigen-scores of all heads, float64 [S, N]: copying.</summary>
    public Tensor Copying() => Score(OutputValue, OutputValueNorms());
    /// <summary>OV eigen-scores on the centred unembedding [S, N].</summary>
    public Tensor CopyingCentered() => Score(OutputValueCentered, OutputValueNorms());
    /// <summary>QK eigen-scores of all heads [S, N]: matching.</summary>
    public Tensor Matching() => Score(QueryKey, (_heads.W_Q.SquaredNorm() * _heads.W_K.SquaredNorm()).sqrt() * EmbedNorm.square().unsqueeze(1));
    /// <summary>Traces of the full OV circuits [S, N].</summary>
    public Tensor CopyingTrace()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return OutputValue.Trace().MoveToOuterDisposeScope();
    }

    private static Tensor Score(Tensor reduced, Tensor norms)
    {
        using var _ = no_grad();
        return EigenScore.Of(reduced, norms);
    }

    private Tensor OutputValueNorms() => (_heads.W_V.SquaredNorm() * _heads.W_O.SquaredNorm()).sqrt() * (EmbedNorm * UnembedNorm).unsqueeze(1);

    /// <summary>Adds E^T E to the blocks on and above the diagonal of symmetric matrices [S, d, d]; the others are left alone.</summary>
    private static void AddUpperGram(Tensor gram, Tensor rows)
    {
        var d = rows.shape[2];
        var width = Math.Max(64, (d + SymmetricBlocks - 1) / SymmetricBlocks);
        for (var start = 0L; start < d; start += width)
        {
            using var block = NewDisposeScope();
            var own = rows.narrow(2, start, Math.Min(width, d - start));                        // [S, chunk, width]
            var until = start + own.shape[2];
            gram.narrow(1, 0, until).narrow(2, start, own.shape[2]).Add(rows.narrow(2, 0, until).T().bmm(own));
        }
    }
}
