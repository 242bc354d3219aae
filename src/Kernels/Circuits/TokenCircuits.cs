using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The circuits of every head between tokens, W_E W_OV W_U and W_E W_QK W_E^T, both [V, V], through the d_head × d_head matrices
/// that share their non-trivial eigenvalues: eigenvalues of AB are those of BA (math.md 3.2). What all heads share,
/// B = W_U W_E and G = W_E^T W_E, is made once, [d, d] each. Biases are left out (math.md 2.6).
/// </summary>
public sealed class TokenCircuits
{
    private readonly CircuitModel _model;
    private readonly Tensor _through;      // B = W_U W_E [d, d]: what is written, read as tokens, embedded again
    private readonly Tensor _centered;     // the same for W_U minus its mean over the vocabulary
    private readonly Tensor _gram;         // G = W_E^T W_E [d, d]

    /// <summary>Makes what the heads share; costs 2 V d^2 products twice.</summary>
    public TokenCircuits(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        _model = model;
        var (embed, unembed) = (model.W_E, model.W_U);
        var through = unembed.matmul(embed);                                                    // [d, d]
        var mean = unembed.mean([1], keepdim: true).matmul(embed.sum([0], keepdim: true));      // [d, d]
        (_through, _centered, _gram) = (through.MoveToOuterDisposeScope(), (through - mean).MoveToOuterDisposeScope(), embed.T().matmul(embed).MoveToOuterDisposeScope());
        EmbedNorm = Math.Sqrt(_gram.Trace().Value());
        UnembedNorm = Math.Sqrt(unembed.square().sum(ScalarType.Float64).Value());
    }

    /// <summary>Frobenius norm of W_E.</summary>
    public double EmbedNorm { get; }
    /// <summary>Frobenius norm of W_U.</summary>
    public double UnembedNorm { get; }

    /// <summary>[N, e, e] with the eigenvalues of every full OV circuit: W_O (W_U W_E) W_V.</summary>
    public Tensor OutputValue => _model.Heads.W_O.matmul(_through).matmul(_model.Heads.W_V);
    /// <summary>The same on the centred unembedding, which no constant added to all logits can move.</summary>
    public Tensor OutputValueCentered => _model.Heads.W_O.matmul(_centered).matmul(_model.Heads.W_V);
    /// <summary>[N, e, e] with the eigenvalues of every full QK circuit: W_K^T (W_E^T W_E) W_Q, without the attention scale.</summary>
    public Tensor QueryKey => _model.Heads.W_K.T().matmul(_gram).matmul(_model.Heads.W_Q);
    /// <summary>G = W_E^T W_E [d, d].</summary>
    public Tensor Gram => _gram;
    /// <summary>B = W_U W_E [d, d].</summary>
    public Tensor Through => _through;

    /// <summary>OV eigen-scores of all heads [N]: copying.</summary>
    public double[] Copying() => EigenScore.Of(OutputValue, OutputValueNorms());
    /// <summary>OV eigen-scores on the centred unembedding [N].</summary>
    public double[] CopyingCentered() => EigenScore.Of(OutputValueCentered, OutputValueNorms());
    /// <summary>QK eigen-scores of all heads [N]: matching.</summary>
    public double[] Matching() => EigenScore.Of(QueryKey, (_model.Heads.W_Q.SquaredNorm() * _model.Heads.W_K.SquaredNorm()).sqrt() * (EmbedNorm * EmbedNorm));
    /// <summary>Traces of the full OV circuits [N].</summary>
    public double[] CopyingTrace() => OutputValue.Trace().Values();

    private Tensor OutputValueNorms() => (_model.Heads.W_V.SquaredNorm() * _model.Heads.W_O.SquaredNorm()).sqrt() * (EmbedNorm * UnembedNorm);
}
