using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Weights;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Which layer norm stands before every read from the residual stream.</summary>
public enum Normalization
{
    /// <summary>None: readers see the stream itself.</summary>
    None,
    /// <summary>Layer norm with gain and offset.</summary>
    LayerNorm,
    /// <summary>Layer norm without gain and offset (they were folded into the readers).</summary>
    LayerNormPre,
}

/// <summary>
/// What the mathematics has to know about a model beside its weights. Wider than the configurations that can be trained here:
/// it also describes files written by TransformerLens.
/// </summary>
public sealed record CircuitConfiguration
{
    /// <summary>Number of layers L, from 0.</summary>
    public required int Layers { get; init; }
    /// <summary>Heads per layer H.</summary>
    public required int Heads { get; init; }
    /// <summary>Width d of the residual stream.</summary>
    public required int DModel { get; init; }
    /// <summary>Width e of a head.</summary>
    public required int DHead { get; init; }
    /// <summary>Longest sequence T.</summary>
    public required int NCtx { get; init; }
    /// <summary>Number of token ids V.</summary>
    public required int Vocab { get; init; }
    /// <summary>Where positions enter; <see cref="PositionKind.Learned"/> is what TransformerLens calls <c>standard</c>.</summary>
    public required PositionKind Positions { get; init; }
    /// <summary>Factor on computed sinusoids; without effect where the weights bring position vectors.</summary>
    public double PositionScale { get; init; } = 1.0;
    /// <summary>Layer norm before every read.</summary>
    public Normalization Normalization { get; init; }
    /// <summary>What layer norm adds to the variance.</summary>
    public double NormEpsilon { get; init; } = Transformer.LayerNormEpsilon;
    /// <summary>Attention scores are divided by this; normally sqrt(d_head).</summary>
    public required double AttentionScale { get; init; }
    /// <summary>How many of a head's dimensions are rotated, from the first on; even.</summary>
    public int RotaryDimensions { get; init; }
    /// <summary>Base of the rotation's wavelengths.</summary>
    public double RotaryBase { get; init; } = RotaryTable.Base;
    /// <summary>Rotated pairs are (0, 1), (2, 3), … instead of (0, n/2), (1, n/2 + 1), ….</summary>
    public bool RotaryAdjacentPairs { get; init; }

    /// <summary>Number of heads in the whole model, L * H.</summary>
    public int HeadCount => Layers * Heads;

    /// <summary>The configuration of a model that was trained here.</summary>
    public static CircuitConfiguration From(ModelConfiguration model, int vocab)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new()
        {
            Layers = model.Layers,
            Heads = model.Heads,
            DModel = model.DModel,
            DHead = model.DHead,
            NCtx = model.NCtx,
            Vocab = vocab,
            Positions = model.Positions,
            PositionScale = model.PositionScale,
            Normalization = model.LayerNorm ? Normalization.LayerNorm : Normalization.None,
            AttentionScale = Math.Sqrt(model.DHead),
            RotaryDimensions = model.Positions == PositionKind.Rotary ? RotaryTable.RotatedDimensions(model.DHead) : 0,
        };
    }

    /// <summary>The configuration of a model file.</summary>
    public static CircuitConfiguration From(TransformerLensConfiguration file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new()
        {
            Layers = file.NLayers,
            Heads = file.NHeads,
            DModel = file.DModel,
            DHead = file.DHead,
            NCtx = file.NCtx,
            Vocab = file.DVocab,
            Positions = file.PositionalEmbeddingType switch
            {
                "shortformer" => PositionKind.Shortformer,
                "standard" => PositionKind.Learned,
                "rotary" => PositionKind.Rotary,
                _ => PositionKind.None,
            },
            Normalization = file.NormalizationType switch
            {
                "LN" => Normalization.LayerNorm,
                "LNPre" => Normalization.LayerNormPre,
                _ => Normalization.None,
            },
            NormEpsilon = file.Eps,
            AttentionScale = file.ScoreDivisor(),
            RotaryDimensions = file.PositionalEmbeddingType == "rotary" ? file.RotatedDimensions() : 0,
            RotaryBase = file.RotaryBase,
            RotaryAdjacentPairs = file.RotaryAdjacentPairs,
        };
    }
}
