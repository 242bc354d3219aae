using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// What attention patterns say about each head (math.md 5.1, 5.3, 5.4): means over all qualifying (sequence, query) pairs of the
/// batch, one number per head in flat order; NaN if no query qualifies.
/// </summary>
public static class PatternScores
{
    /// <summary>Mean attention to the tokens right after earlier copies of the query's token, over queries that have one.</summary>
    public static double[] PrefixMatching(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return Masked(trace, matches.Induction, matches.Repeats);
    }

    /// <summary>Mean attention to earlier copies of the query's token, over queries that have one.</summary>
    public static double[] DuplicateToken(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return Masked(trace, matches.Duplicate, matches.Repeats);
    }

    /// <summary>Mean attention to the token before the query, over queries from 1 on.</summary>
    public static double[] PreviousToken(ForwardTrace trace) => EachLayer(trace, A => A.diagonal(-1, 2, 3).mean([0, 2]));

    /// <summary>Mean attention to the first position, over queries from 1 on.</summary>
    public static double[] FirstToken(ForwardTrace trace) => EachLayer(trace, A => A.select(3, 0).narrow(2, 1, A.shape[2] - 1).mean([0, 2]));

    /// <summary>Mean entropy of attention in nats, over queries from 1 on.</summary>
    public static double[] Entropy(ForwardTrace trace) =>
        EachLayer(trace, A => -(A * A.clamp_min(1e-30).log()).sum([3]).narrow(2, 1, A.shape[2] - 1).mean([0, 2]));      // 0 log 0 = 0

    /// <summary>
    /// The scores of TransformerLens' <c>head_detector</c> with <c>error_measure="mul"</c>, averaged over sequences: the share of
    /// all attention, every row counted, that falls on the pattern. An ideal induction head does not reach 1 (math.md 5.10).
    /// </summary>
    public static (double[] Induction, double[] PreviousToken, double[] DuplicateToken) TransformerLens(ForwardTrace trace, TokenMatches matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return (Share(matches.Induction), EachLayer(trace, A => (A.diagonal(-1, 2, 3).sum(-1) / A.sum([2, 3])).mean([0]), shortest: 1), Share(matches.Duplicate));

        double[] Share(Tensor mask) => EachLayer(trace, A => ((A * mask.unsqueeze(1)).sum([2, 3]) / A.sum([2, 3])).mean([0]), shortest: 1);
    }

    private static double[] Masked(ForwardTrace trace, Tensor mask, Tensor qualifies)
    {
        var queries = qualifies.sum();                                                     // 0 queries: 0 / 0 = NaN
        return EachLayer(trace, A => (A * mask.unsqueeze(1)).sum([0, 2, 3]) / queries, shortest: 1);
    }

    /// <summary>Applies a score of patterns [batch, head, query, key] to every layer; sequences shorter than <paramref name="shortest"/> have none.</summary>
    private static double[] EachLayer(ForwardTrace trace, Func<Tensor, Tensor> score, int shortest = 2)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return trace.Length < shortest
            ? [.. trace.Patterns.SelectMany(A => Enumerable.Repeat(double.NaN, (int)A.shape[1]))]
            : [.. trace.Patterns.SelectMany(A => score(A).Values())];
    }
}
