using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Losses by context index with one head zeroed, entry i for the token at index i + 1.</summary>
/// <param name="Full">Later attention recomputed: everything that the head does.</param>
/// <param name="Frozen">All patterns and norms kept from the clean run: what it does without changing attention.</param>
public sealed record AblatedLosses(double[] Full, double[] Frozen);

/// <summary>
/// Ablation of each head (math.md 4.4). A zeroed head writes nothing, its value bias included; the layer's own bias b_O stays.
/// With everything frozen the result equals leaving out all path terms that contain the head.
/// </summary>
public static class Ablation
{
    private const long MostElements = 1L << 24;

    /// <summary>Losses with each head zeroed in turn, in flat order.</summary>
    public static IReadOnlyList<AblatedLosses> EachHead(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        var (heads, length) = (model.Configuration.Heads, trace.Length);
        var perVariant = (long)trace.Batch * length * Math.Max(heads * length, model.Configuration.DModel);
        var atOnce = (int)Math.Clamp(MostElements / Math.Max(1, perVariant), 1, Math.Max(1, heads));
        var losses = new List<AblatedLosses>();
        for (var l = 0; l < model.Layers.Count; l++)
        {
            for (var first = 0; first < heads; first += atOnce)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(atOnce, heads - first);
                var z = trace.Mixed[l].narrow(1, first, count);                                                   // [batch, variant, pos, e]
                var writes = model.Layers[l].W_O.view(heads, -1, model.Configuration.DModel).narrow(0, first, count);
                var without = trace.Residuals[l + 1] - z.matmul(writes).transpose(0, 1);                          // [variant, batch, pos, d]
                var full = Losses(without, l + 1, null);
                var nothingLeftToFreeze = l + 1 == model.Layers.Count && model.Configuration.Normalization == Normalization.None;
                var frozen = nothingLeftToFreeze ? full : Losses(without, l + 1, trace);
                losses.AddRange(full.Zip(frozen, (a, b) => new AblatedLosses(a, b)));
            }
        }
        return losses;

        double[][] Losses(Tensor x, int from, ForwardTrace? keep)
        {
            using var inner = NewDisposeScope();
            for (var l = from; l < model.Layers.Count; l++)
            {
                var scale = keep is null ? ForwardPass.Scale(model, x) : keep.Scales[l];
                var pattern = keep is null ? ForwardPass.Pattern(model, model.Layers[l], x, scale) : keep.Patterns[l];
                x = x + ForwardPass.Write(ForwardPass.Mix(model, model.Layers[l], x, scale, pattern), model.Layers[l]) + model.Layers[l].B_O;
            }
            var final = keep is null ? ForwardPass.Scale(model, x) : keep.Scales[^1];
            return Unembedding.LossPerToken(model, x, final, trace.Tokens).mean([1]).Rows();                      // [variant, pos - 1]
        }
    }
}
