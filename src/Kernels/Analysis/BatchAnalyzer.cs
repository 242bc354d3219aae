using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Analysis;

/// <summary>What a model does on one batch of sequences.</summary>
internal static class BatchAnalyzer
{
    private const double MostPaths = 10_000;
    private const int LongestOfMany = 2;

    private const long ElementsAtOnce = 1L << 20;

    public sealed record Result(BatchAnalysis Analysis, IReadOnlyList<AttentionPattern> Patterns, double[] PreviousToken);

    /// <summary>Analyzes a batch, so many sequences at a time as keep what is computed near the caches.</summary>
    public static Result Analyze(CircuitModel model, string name, long[][] sequences, IReadOnlyList<(int Layer, int Head)> scores, int? atOnce = null)
    {
        var (length, c) = ((long)sequences[0].Length, model.Configuration);
        var perSequence = length * (c.HeadCount * length + (c.Layers + 2L) * (c.DModel + (long)c.Heads * c.DHead));
        var parts = sequences.Chunk(atOnce ?? (int)Math.Clamp(ElementsAtOnce / perSequence, 1, sequences.Length))
            .Select((part, n) => Part(model, name, part, scores, n == 0)).ToList();
        var previousToken = parts[0].PreviousToken.Select((_, head) => parts.Sum(part => part.PreviousToken[head] * part.Sequences) / sequences.Length);
        return new(BatchParts.Combine(parts) with { Scores = scores.Count == 0 ? null : [.. scores.Select(Expanded)] }, parts[0].Patterns, [.. previousToken]);

        ScoreTerms Expanded((int Layer, int Head) head, int n) => new(
            $"{head.Layer}.{head.Head}", parts[0].Scores[n].Components,
            [.. ScoreMoments.Spread([.. parts.Select(part => (part.Scores[n], part.Sequences))]).Select(row => row.Select(spread => spread.Defined()).ToList())]);
    }

    private static BatchPart Part(CircuitModel model, string name, long[][] sequences, IReadOnlyList<(int Layer, int Head)> scores, bool first)
    {
        using var scope = NewDisposeScope();
        var tokens = tensor(sequences.SelectMany(sequence => sequence).ToArray(), [sequences.Length, sequences[0].Length]);
        var trace = ForwardPass.Run(model, tokens);
        var matches = TokenMatches.Of(tokens, ScalarType.Float64);
        var perToken = Unembedding.LossPerToken(model, trace);                       // [1, batch, pos - 1]
        var losses = perToken[0].Rows();
        var loss = losses.SelectMany(row => row).ToList().Mean();
        var previousToken = Means(PatternScores.PreviousToken(trace));
        var sums = Unembedding.Checksums(model, trace);
        var order = PathExpansion.Count(model.Configuration) > MostPaths ? LongestOfMany : (int?)null;
        var paths = PathExpansion.CorrectLogits(model, trace, order ?? int.MaxValue);
        var analysis = new BatchAnalysis(
            loss.Defined(), losses, new(sums.Sum, sums.AbsoluteSum, sums.SquareSum), Heads(model, trace, matches, previousToken), Terms(model, TermImportance.Of(model, trace, perToken), loss),
            [.. paths.Select(path => new PathAnalysis([.. path.Heads.Select(step => $"{step.Layer}.{step.Head}")], path.CorrectLogit.Defined()))], order);
        return new(
            analysis, sequences.Length, matches.Repeats.sum().Value(), first ? Patterns(name, sequences[0], trace) : [], previousToken,
            [.. scores.Select(head => ScoreExpansion.Of(model, trace, head.Layer, head.Head).Moments())]);
    }

    private static List<HeadOnBatch> Heads(CircuitModel model, ForwardTrace trace, TokenMatches matches, double[] previous)
    {
        var (prefix, duplicate) = (Means(PatternScores.PrefixMatching(trace, matches)), Means(PatternScores.DuplicateToken(trace, matches)));
        var (first, entropy, detector) = (Means(PatternScores.FirstToken(trace)), Means(PatternScores.Entropy(trace)), PatternScores.TransformerLens(trace, matches));
        var (induction, before, same) = (Means(detector.Induction), Means(detector.PreviousToken), Means(detector.DuplicateToken));
        var ablated = Ablation.EachHead(model, trace);
        var (full, frozen) = (ablated.Full.mean([2, 3]).Values(), ablated.Frozen.mean([2, 3]).Values());
        return [.. Enumerable.Range(0, model.Heads.Count).Select(n => new HeadOnBatch(
            n / model.Configuration.Heads, n % model.Configuration.Heads, prefix[n].Defined(), previous[n].Defined(), duplicate[n].Defined(), first[n].Defined(), entropy[n].Defined(),
            new(induction[n].Defined(), before[n].Defined(), same[n].Defined()),
            full[n].Defined(), frozen[n].Defined()))];
    }

    private static double[] Means(PerSequence numbers) => numbers.Mean().Values();

    private static TermAnalysis Terms(CircuitModel model, TermImportance terms, double loss)
    {
        var (uniform, byOrder) = (Math.Log(model.Configuration.Vocab), Means(terms.ByOrder));
        return new(uniform, Defined(byOrder), loss.Defined(), Defined([.. byOrder.Select((own, k) => (k == 0 ? uniform : byOrder[k - 1]) - own)]), Defined(Means(terms.DirectPlusLayer)));

        static List<double?> Defined(IReadOnlyList<double> values) => [.. values.Select(value => value.Defined())];
    }

    private static List<AttentionPattern> Patterns(string name, long[] tokens, ForwardTrace trace) =>
        [.. trace.Patterns.SelectMany((pattern, layer) => Enumerable.Range(0, (int)pattern.shape[2]).Select(head =>
            new AttentionPattern(name, layer, head, tokens, [.. pattern[0][0][head].Rows().Select(row => row.Select(weight => (float)weight).ToArray())])))];
}
