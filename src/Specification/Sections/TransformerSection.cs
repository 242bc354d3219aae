using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Sections;

/// <summary><c>model</c> without a kind, or with <c>kind: attention-only</c>: the shape of a transformer.</summary>
internal static class TransformerSection
{
    private static readonly ModelConfiguration Default = new() { Layers = 0, Heads = 1, DModel = 1, DHead = 1, NCtx = 4 };

    public static IReadOnlyList<string> Keys { get; } =
        ["layers", "heads", "d_model", "d_head", "n_ctx", "positions", "position_scale", "layer_norm", "smeared_keys"];

    public static ModelConfiguration? Read(Section section)
    {
        var layers = section.Integer("layers", 0, 256);
        var heads = section.Integer("heads", 1, 1_024);
        var dModel = section.Integer("d_model", 1, 65_536);
        var dHead = section.Integer("d_head", 1, 65_536, otherwise: 0);
        var nCtx = section.Integer("n_ctx", 4, 65_536);
        var positions = section.Choice("positions", Default.Positions);
        var scale = section.Number("position_scale", Interval.NotNegative, Default.PositionScale);
        var layerNorm = section.Boolean("layer_norm", Default.LayerNorm);
        var smearedKeys = section.Boolean("smeared_keys", Default.SmearedKeys);
        section.Elsewhere("belongs to a relu-toy model, and this is a transformer", "remove it, or write kind: relu-toy", ReluToySection.Keys);
        section.Close();
        if ((layers, heads, dModel, dHead, nCtx) is not ({ } l, { } h, { } d, { } e, { } t)
            || (positions, scale, layerNorm, smearedKeys) is not ({ } p, { } s, { } norm, { } smeared))
        {
            return null;
        }
        var model = new ModelConfiguration
        {
            Layers = l,
            Heads = h,
            DModel = d,
            DHead = e > 0 ? e : d / h,
            NCtx = t,
            Positions = p,
            PositionScale = s,
            LayerNorm = norm,
            SmearedKeys = smeared,
        };
        return Fits(model, headsDivide: e > 0 || d % h == 0, section) ? model : null;
    }

    private static bool Fits(ModelConfiguration model, bool headsDivide, Section section)
    {
        var (findings, width) = (section.Findings, section.Find("d_model"));
        if (findings.ValuesOnly)
        {
            return true;
        }
        if (!headsDivide)
        {
            findings.Add(section.PathOf("d_model"), width, $"d_model {model.DModel} does not divide by {model.Heads} heads", "choose a multiple of heads, or give d_head");
            return false;
        }
        if (model.Positions == PositionKind.Rotary && model.DHead % 2 != 0)
        {
            findings.Add(section.PathOf("positions"), section.Find("positions"), $"rotary positions turn pairs of dimensions, and d_head {model.DHead} is odd", "choose an even d_head");
            return false;
        }
        if (model.HeadCount > Limits.Heads)
        {
            findings.Add(section.PathOf("heads"), section.Find("heads"), $"{model.Layers} layers of {model.Heads} heads are more than {Limits.Heads} heads", "choose fewer layers or heads");
            return false;
        }
        return true;
    }
}
