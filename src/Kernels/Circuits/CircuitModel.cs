using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// A pack of S models of one shape, ready to be taken apart: layer norm is folded into the readers (math.md 1.3), so that every read
/// is a linear map times a scale per position, and all heads of a model also stand in one stack. Row-vector convention: q = x W_Q.
/// A model alone is a pack of one. Everything is computed on the device where the weights lie, no value of one model depends on another,
/// and the tensors belong to the dispose scope in which the pack was made.
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
    /// <summary>Number of models S.</summary>
    public int Members => (int)W_E.shape[0];
    /// <summary>Every head of each model in one stack, layer-major.</summary>
    public HeadStack Heads { get; }
    /// <summary>Token embedding [S, V, d].</summary>
    public Tensor W_E { get; }
    /// <summary>Position vectors that enter the residual stream [S or 1, T, d], or null.</summary>
    public Tensor? Positions { get; }
    /// <summary>Folded unembedding [S, d, V].</summary>
    public Tensor W_U { get; }
    /// <summary>Folded bias of the logits [S, V].</summary>
    public Tensor B_U { get; }

    /// <summary>Folds the weights of a pack in the given precision.</summary>
    public static CircuitModel Create(ModelWeights weights, CircuitConfiguration configuration, ScalarType precision = ScalarType.Float64)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(configuration);
        using var _ = no_grad();
        var embed = Typed(weights.W_E, precision);                                   // [S, vocab, d]
        var vectors = configuration.Positions switch
        {
            PositionKind.Shortformer => weights.W_pos is { } p
                ? Typed(p, precision)
                : Sinusoids.Table(configuration.NCtx, configuration.DModel, configuration.PositionScale, embed.device).to_type(precision).unsqueeze(0),
            PositionKind.Learned => weights.W_pos is { } p ? Typed(p, precision) : null,
            _ => null,
        };                                                                           // [S or 1, pos, d]
        var atReaders = configuration.Positions == PositionKind.Shortformer ? vectors : null;
        var layers = weights.Layers.Select(layer => CircuitLayer.Fold(layer, configuration, atReaders, precision)).ToList();
        var (unembed, offset) = Fold(Typed(weights.W_U, precision), weights.FinalNorm, configuration, precision);
        var bias = weights.B_U is { } b ? offset.Plus(Typed(b, precision)) : offset;    // [S, vocab]
        return new(configuration, layers, embed, configuration.Positions == PositionKind.Learned ? vectors : null, unembed, bias);
    }

    /// <summary>The pack, which must be of one model: what is taken apart path by path is taken apart alone. Throws <see cref="ArgumentException"/> otherwise.</summary>
    internal CircuitModel Alone() => Members == 1
        ? this
        : throw new ArgumentException($"this is taken from one model at a time, and the pack has {Members}: pass the weights of one member");

    /// <summary>Readers [S, d, n] behind a norm as their folded matrices [S, d, n] and the constants they add [S, n].</summary>
    internal static (Tensor Matrix, Tensor Offset) Fold(Tensor reader, NormWeights? norm, CircuitConfiguration configuration, ScalarType precision)
    {
        var offset = zeros([reader.shape[0], reader.shape[2]], precision, reader.device);
        if (configuration.Normalization == Normalization.None)
        {
            return (reader, offset);
        }
        if (norm is not null)
        {
            offset = Typed(norm.Offset, precision).unsqueeze(1).bmm(reader).squeeze(1);     // [S, n]
            reader = Typed(norm.Gain, precision).unsqueeze(2) * reader;                     // [S, d, n]
        }
        return (reader - reader.mean([1], keepdim: true), offset);                          // centring: each column sums to zero
    }

    internal static Tensor Typed(Tensor packed, ScalarType precision) => packed.detach().to_type(precision).contiguous();
}
