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

    /// <summary>Score of each head in flat order; NaN if no token raises any of its sample (tokens that raise none are left out).</summary>
    public static double[] EachHead(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        var scores = new double[model.Heads.Count];
        for (var head = 0; head < scores.Length; head++)
        {
            using var scope = NewDisposeScope();
            var source = model.W_E.matmul(model.Heads.W_V[head]);                                   // [vocab, e]
            var effect = model.W_U.T().matmul(model.Heads.W_O[head].T());                           // [vocab, e]
            scores[head] = Score(source, effect - effect.mean([0], keepdim: true));
        }
        return scores;
    }

    /// <param name="source">W_E W_V [vocab, e].</param>
    /// <param name="effect">(W_O W_U)^T, centred over the vocabulary [vocab, e].</param>
    private static double Score(Tensor source, Tensor effect)
    {
        var (vocab, e) = (source.shape[0], source.shape[1]);
        var (size, stride) = (Math.Min(SampleSize, vocab), Math.Max(1, vocab / SampleSize));
        // Row u of the view: the effects on u, u + s, … modulo V, without a copy of them.
        var sample = cat([effect, effect], 0).as_strided([vocab, size, e], [e, stride * e, 1]);     // [vocab, sample, e]
        var rise = sample.bmm(source.unsqueeze(2)).squeeze(2).relu();                               // [vocab, sample]
        var own = rise.select(1, 0);
        var rises = own + rise.sum([1]);
        var defined = rises > 0;                                                                    // else nothing rose: no ratio
        var score = where(defined, 4 * own / rises - 1, zeros_like(own)).Exact();
        return (score.sum() / defined.sum()).Value();                                               // 0 / 0 = NaN
    }
}
