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

    /// <summary>Score of each head in flat order; NaN where no token raises any of its sample (tokens that raise none are left out).</summary>
    public static double[] EachHead(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        var (heads, vocab) = (model.Heads, model.Configuration.Vocab);
        var atOnce = Math.Max(1, (int)((1L << 21) / Math.Max(1, (long)vocab * model.Configuration.DHead)));
        var scores = new List<double>();
        for (var first = 0; first < heads.Count; first += atOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(atOnce, heads.Count - first);
            var source = model.W_E.matmul(heads.W_V.narrow(0, first, count));                       // [head, vocab, e]
            var effect = model.W_U.T().matmul(heads.W_O.narrow(0, first, count).T());               // [head, vocab, e]
            scores.AddRange(Score(source, effect - effect.mean([1], keepdim: true)).Values());
        }
        return [.. scores];
    }

    /// <param name="source">W_E W_V [head, vocab, e].</param>
    /// <param name="effect">(W_O W_U)^T, centred over the vocabulary [head, vocab, e].</param>
    private static Tensor Score(Tensor source, Tensor effect)
    {
        var vocab = (int)source.shape[1];
        var (size, stride) = (Math.Min(SampleSize, vocab), Math.Max(1, vocab / SampleSize));
        var own = Rise(effect);                                                                     // [head, vocab]
        var all = own;
        for (var k = 1; k < size; k++)
        {
            using var scope = NewDisposeScope();
            all = (all + Rise(effect.roll([-(long)k * stride], [1]))).MoveToOuterDisposeScope();    // row u: the effect on u + k s
        }
        var rises = own + all;
        var defined = rises > 0;                                                                    // else nothing rose: no ratio
        var score = where(defined, 4 * own / rises - 1, zeros_like(own)).Exact();
        return score.sum(1) / defined.Exact().sum(1);                                               // 0 / 0 = NaN

        Tensor Rise(Tensor on) => (source * on).sum(-1).relu();
    }
}
