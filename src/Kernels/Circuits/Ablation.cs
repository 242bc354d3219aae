using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Losses with one head zeroed, [S, N, batch, pos - 1]: entry i for the token at index i + 1.</summary>
/// <param name="Full">Later attention recomputed: everything that the head does.</param>
/// <param name="Frozen">All patterns and norms kept from the clean run: what it does without changing attention.</param>
public sealed record AblatedLosses(Tensor Full, Tensor Frozen);

/// <summary>
/// Ablation of each head (math.md 4.4). A zeroed head writes nothing, its value bias included; the layer's own bias b_O stays.
/// With everything frozen the result equals leaving out all path terms that contain the head.
/// </summary>
public static class Ablation
{
    private const long MostOnHost = 1L << 17;         // floats of one intermediate result of all heads that are zeroed at once: they stay in the caches
    private const long MostOnDevice = 1L << 24;

    /// <summary>Losses with each head zeroed in turn, in flat order.</summary>
    public static AblatedLosses EachHead(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var all = NewDisposeScope();
        var (S, heads, length, d) = (model.Members, model.Configuration.Heads, trace.Length, model.Configuration.DModel);
        var perVariant = (long)S * trace.Batch * length * Math.Max(heads * length, d);
        var most = trace.Final.device.type == DeviceType.CPU ? MostOnHost : MostOnDevice;
        var atOnce = (int)Math.Clamp(most / Math.Max(1, perVariant), 1, Math.Max(1, heads));
        var none = zeros([S, 0, trace.Batch, Math.Max(0, length - 1)], trace.Final.dtype, trace.Final.device);
        var (full, frozen) = (new List<Tensor> { none }, new List<Tensor> { none });
        for (var l = 0; l < model.Layers.Count; l++)
        {
            for (var first = 0; first < heads; first += atOnce)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(atOnce, heads - first);
                var z = trace.Mixed[l].narrow(2, first, count).transpose(1, 2);                                   // [S, variant, batch, pos, e]
                var writes = model.Layers[l].W_O.view(S, heads, -1, d).narrow(1, first, count);                   // [S, variant, e, d]
                var without = trace.Residuals[l + 1].unsqueeze(1) - z.flatten(2, 3).matmul(writes).view(S, count, trace.Batch, length, d);
                full.Add(Losses(without, l + 1, null).MoveToOuterDisposeScope());
                var nothingLeftToFreeze = l + 1 == model.Layers.Count && model.Configuration.Normalization == Normalization.None;
                frozen.Add(nothingLeftToFreeze ? full[^1] : Losses(without, l + 1, trace).MoveToOuterDisposeScope());
            }
        }
        return new(cat(full, 1).MoveToOuterDisposeScope(), cat(frozen, 1).MoveToOuterDisposeScope());

        Tensor Losses(Tensor x, int from, ForwardTrace? keep)
        {
            using var inner = NewDisposeScope();
            for (var l = from; l < model.Layers.Count; l++)
            {
                using var scope = NewDisposeScope();
                var layer = model.Layers[l];
                Tensor z;                                                                                         // [S, variant, batch, head, pos, e]
                if (keep is null)
                {
                    var (q, k, v) = ForwardPass.Read(model, layer, x, ForwardPass.Scale(model, x));
                    z = ForwardPass.Pattern(model, q, k).matmul(v);
                }
                else
                {
                    z = ForwardPass.Mix(model, layer, x, keep.Scales[l]?.unsqueeze(1), keep.Patterns[l].unsqueeze(1));
                }
                x = ForwardPass.Next(layer, x, z).MoveToOuterDisposeScope();
            }
            var final = keep is null ? ForwardPass.Scale(model, x) : keep.Scales[^1]?.unsqueeze(1);
            return Unembedding.LossPerToken(model, x, final, trace.Tokens).MoveToOuterDisposeScope();             // [S, variant, batch, pos - 1]
        }
    }
}
