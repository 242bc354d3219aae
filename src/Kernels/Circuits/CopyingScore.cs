using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The copying score of Olsson et al., from weights alone (math.md 5.2). For each token u a head's direct effect on the logits,
/// centred over the vocabulary and cut at zero, is compared on 25 sample tokens u, u + s, … (s = floor(V / 25), modulo V; all
/// tokens where V ≤ 25): rho = rise(u) / (rise(u) + sum of rises over the sample). Score = 4 rho - 1, averaged over u.
/// </summary>
public static class CopyingScore
{
    private const int SampleSize = 25;
    private const long MostElements = 1L << 18;   // so many stay in the caches

    /// <summary>Score of each head in flat order, float64 [S, N]; NaN if no token raises any of its sample (tokens that raise none are left out).</summary>
    public static Tensor EachHead(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (vocab, heads, e) = (model.Configuration.Vocab, model.Heads.Count, model.Configuration.DHead);
        var (size, stride) = (Math.Min(SampleSize, vocab), Math.Max(1, vocab / SampleSize));
        var (sum, counted) = (new List<Tensor>(), new List<Tensor>());
        var atOnce = (int)Math.Clamp((1L << 22) / Math.Max(1, (long)model.Members * vocab * e), 1, Math.Max(1, heads));
        for (var first = 0; first < heads; first += atOnce)
        {
            using var some = NewDisposeScope();
            var count = Math.Min(atOnce, heads - first);
            var source = PerHead(model.W_E, model.Heads.W_V.narrow(1, first, count));                   // [S, N, vocab, e]
            var effect = PerHead(model.W_U.T(), model.Heads.W_O.narrow(1, first, count).T());
            effect = effect - effect.mean([-2], keepdim: true);
            // Of each token u its sample u + k s modulo V, as a view of the vocabulary written twice: [S, N, vocab, size, e].
            var samples = cat([effect, effect], -2).as_strided([model.Members, count, vocab, size, e], [2L * count * vocab * e, 2L * vocab * e, e, (long)stride * e, 1]);
            var (scores, defined) = (new List<Tensor>(), new List<Tensor>());
            var step = (int)Math.Clamp(MostElements / ((long)model.Members * count * size * e), 1, vocab);
            for (var start = 0; start < vocab; start += step)
            {
                using var inner = NewDisposeScope();
                var tokens = Math.Min(step, vocab - start);
                var rises = (source.narrow(2, start, tokens).unsqueeze(3) * samples.narrow(2, start, tokens)).sum(-1).relu();      // [S, N, tokens, size]
                var own = rises.select(-1, 0);                                                                   // [S, N, tokens]
                var total = own.Plus(rises.sum(-1));
                var any = total.gt(0.Held());                                                                    // else nothing rose: no ratio
                scores.Add((4.Held() * own / total - 1.Held()).Exact().masked_fill(any.logical_not(), 0.Held()).sum(-1).MoveToOuterDisposeScope());
                defined.Add(any.Exact().sum(-1).MoveToOuterDisposeScope());
            }
            sum.Add(stack(scores, -1).sum(-1).MoveToOuterDisposeScope());
            counted.Add(stack(defined, -1).sum(-1).MoveToOuterDisposeScope());
        }
        var none = zeros([model.Members, 0], ScalarType.Float64, model.W_E.device);
        return (cat([none, .. sum], 1) / cat([none, .. counted], 1)).MoveToOuterDisposeScope();         // 0 / 0 = NaN
    }

    /// <summary>What every head makes of each row: [S, V, d] and [S, N, d, e] to [S, N, V, e].</summary>
    private static Tensor PerHead(Tensor rows, Tensor heads)
    {
        var (S, N, d, e) = (heads.shape[0], heads.shape[1], heads.shape[2], heads.shape[3]);
        return rows.bmm(heads.transpose(1, 2).reshape(S, d, N * e)).view(S, -1, N, e).transpose(1, 2).contiguous();
    }
}
