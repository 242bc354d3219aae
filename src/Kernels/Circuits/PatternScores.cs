using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// What attention patterns say about each head (math.md 5.1, 5.3, 5.4): means over all qualifying (sequence, query) pairs of the
/// batch, one number per head in flat order, [S, batch, N]; NaN if no query qualifies.
/// </summary>
public static class PatternScores
{
    private const double Least = 1e-30;     // stands for 0 in a logarithm: 0 log 0 = 0

    /// <summary>Mean attention to the tokens right after earlier copies of the query's token, over queries that have one.</summary>
    public static PerSequence PrefixMatching(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return Masked(trace, matches.Induction, matches.Repeats);
    }

    /// <summary>Mean attention to earlier copies of the query's token, over queries that have one.</summary>
    public static PerSequence DuplicateToken(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return Masked(trace, matches.Duplicate, matches.Repeats);
    }

    /// <summary>Mean attention to the token before the query, over queries from 1 on.</summary>
    public static PerSequence PreviousToken(ForwardTrace trace) => EachLayer(trace, A => A.diagonal(-1, -2, -1).mean([-1]));

    /// <summary>Mean attention to the first position, over queries from 1 on.</summary>
    public static PerSequence FirstToken(ForwardTrace trace) => EachLayer(trace, A => A.select(-1, 0).narrow(-1, 1, A.shape[^1] - 1).mean([-1]));

    /// <summary>Mean entropy of attention in nats, over queries from 1 on.</summary>
    public static PerSequence Entropy(ForwardTrace trace) =>
        EachLayer(trace, A => A.clamp_min(Least.Held()).log_().mul_(A).narrow(-2, 1, A.shape[^1] - 1).sum([-2, -1]) / (1.0 - A.shape[^1]).Held());

    /// <summary>
    /// The scores of TransformerLens' <c>head_detector</c> with <c>error_measure="mul"</c>, averaged over sequences: the share of
    /// all attention, every row counted, that falls on the pattern. An ideal induction head does not reach 1 (math.md 5.10).
    /// </summary>
    public static (PerSequence Induction, PerSequence PreviousToken, PerSequence DuplicateToken) TransformerLens(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return (Share(matches.Induction), EachLayer(trace, A => A.diagonal(-1, -2, -1).sum(-1) / A.sum([-2, -1]), shortest: 1), Share(matches.Duplicate));

        PerSequence Share(Tensor mask) => EachLayer(trace, A => (A * mask.unsqueeze(1)).sum([-2, -1]) / A.sum([-2, -1]), shortest: 1);
    }

    private static PerSequence Masked(ForwardTrace trace, Tensor mask, Tensor qualifies) =>
        EachLayer(trace, A => (A * mask.unsqueeze(1)).sum([-2, -1]), shortest: 1) with { Counts = qualifies.sum(1) };       // 0 queries: 0 / 0 = NaN

    /// <summary>Applies a score of patterns [S, batch, head, query, key] to every layer; sequences shorter than <paramref name="shortest"/> have none.</summary>
    private static PerSequence EachLayer(ForwardTrace trace, Func<Tensor, Tensor> score, int shortest = 2)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (S, batch, like) = (trace.Final.shape[0], trace.Batch, trace.Final);
        var none = zeros([S, batch, 0], like.dtype, like.device);
        var scores = cat([none, .. trace.Patterns.Select(A => trace.Length < shortest ? full([S, batch, A.shape[2]], double.NaN.Held(), like.dtype, like.device) : score(A))], -1);
        return new(scores.MoveToOuterDisposeScope());
    }
}
