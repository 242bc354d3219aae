using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// One model, ready to be taken apart: layer norm is folded into the readers (math.md 1.3), so that every read is a linear map
/// times a scale per position, and all heads of the model also stand in one stack. Row-vector convention: q = x W_Q.
/// Everything is computed on the CPU, and the
/// tensors belong to the dispose scope in which the model was made.
/// </summary>
/// <remarks>
/// With C = I - 11^T/d, gain w and offset b of a norm, LN(x) W = (x C diag(w) W) / sigma(x) + b W. The first part is the folded
/// reader, the second joins the reader's bias. Writers (W_E, W_O, b_O, positions) stay as they are.
/// </remarks>
public sealed class CircuitModel
{
    private CircuitModel(CircuitConfiguration configuration, IReadOnlyList<CircuitLayer> layers, Tensor embed, Tensor? positions, Tensor unembed, Tensor unembedBias)
    {
        Configuration = configuration;
        Layers = layers;
        W_E = embed;
        Positions = positions;
        W_U = unembed;
        B_U = unembedBias;
        Heads = HeadStack.Of(configuration, layers, embed);
    }

    /// <summary>Shape and conventions.</summary>
    public CircuitConfiguration Configuration { get; }
    /// <summary>The layers in order.</summary>
    public IReadOnlyList<CircuitLayer> Layers { get; }
    /// <summary>Every head of the model in one stack, layer-major.</summary>
    public HeadStack Heads { get; }
    /// <summary>Token embedding [V, d].</summary>
    public Tensor W_E { get; }
    /// <summary>Position vectors that enter the residual stream [T, d], or null.</summary>
    public Tensor? Positions { get; }
    /// <summary>Folded unembedding [d, V].</summary>
    public Tensor W_U { get; }
    /// <summary>Folded bias of the logits [V].</summary>
    public Tensor B_U { get; }

    /// <summary>
    /// Folds the weights of one model (S = 1) in the given precision. Throws <see cref="ArgumentException"/> if they are a
    /// pack of several models.
    /// </summary>
    public static CircuitModel Create(ModelWeights weights, CircuitConfiguration configuration, ScalarType precision = ScalarType.Float64)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(configuration);
        if (weights.W_E.shape[0] != 1)
        {
            throw new ArgumentException($"circuits are taken from one model at a time, and this is a pack of {weights.W_E.shape[0]}: pass the weights of one member", nameof(weights));
        }
        using var _ = no_grad();
        var embed = One(weights.W_E, precision);                                     // [vocab, d]
        var vectors = configuration.Positions switch
        {
            PositionKind.Shortformer => weights.W_pos is { } p ? One(p, precision) : Sinusoids.Table(configuration.NCtx, configuration.DModel, configuration.PositionScale, CPU).to_type(precision),
            PositionKind.Learned => weights.W_pos is { } p ? One(p, precision) : null,
            _ => null,
        };                                                                           // [pos, d]
        var atReaders = configuration.Positions == PositionKind.Shortformer ? vectors : null;
        var layers = weights.Layers.Select(layer => CircuitLayer.Fold(layer, configuration, atReaders, precision)).ToList();
        var (unembed, offset) = Fold(One(weights.W_U, precision), weights.FinalNorm, configuration, precision);
        var bias = weights.B_U is { } b ? offset + One(b, precision) : offset;       // [vocab]
        return new(configuration, layers, embed, configuration.Positions == PositionKind.Learned ? vectors : null, unembed, bias);
    }

    /// <summary>A reader [d, n] behind a norm as its folded matrix [d, n] and the constant it adds [n].</summary>
    internal static (Tensor Matrix, Tensor Offset) Fold(Tensor reader, NormWeights? norm, CircuitConfiguration configuration, ScalarType precision)
    {
        var offset = zeros(reader.shape[1], dtype: precision);
        if (configuration.Normalization == Normalization.None)
        {
            return (reader, offset);
        }
        if (norm is not null)
        {
            offset = One(norm.Offset, precision).matmul(reader);                     // [n]
            reader = One(norm.Gain, precision).unsqueeze(1) * reader;                // [d, n]
        }
        return (reader - reader.mean([0], keepdim: true), offset);                   // centring: each column sums to zero
    }

    internal static Tensor One(Tensor packed, ScalarType precision) => packed.detach()[0].cpu().to_type(precision).contiguous();
}
