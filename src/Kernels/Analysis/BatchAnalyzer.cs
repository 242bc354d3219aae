using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Analysis;

/// <summary>What a model does on one batch of sequences.</summary>
internal static class BatchAnalyzer
{
    private const double MostPaths = 10_000;
    private const int LongestOfMany = 2;

    public sealed record Result(BatchAnalysis Analysis, IReadOnlyList<AttentionPattern> Patterns, double[] PreviousToken);

    public static Result Analyze(CircuitModel model, string name, long[][] sequences)
    {
        using var scope = NewDisposeScope();
        var tokens = tensor(sequences.SelectMany(sequence => sequence).ToArray(), [sequences.Length, sequences[0].Length]);
        var trace = ForwardPass.Run(model, tokens);
        var losses = Unembedding.LossPerToken(model, trace).Rows();
        var loss = losses.SelectMany(row => row).ToList().Mean();
        var sums = Unembedding.Checksums(model, trace);
        var order = PathExpansion.Count(model.Configuration) > MostPaths ? LongestOfMany : (int?)null;
        var paths = PathExpansion.CorrectLogits(model, trace, order ?? int.MaxValue);
        var analysis = new BatchAnalysis(
            loss.Defined(), losses, new(sums.Sum, sums.AbsoluteSum, sums.SquareSum), Heads(model, trace), Terms(model, trace, loss),
            [.. paths.Select(path => new PathAnalysis([.. path.Heads.Select(step => $"{step.Layer}.{step.Head}")], path.CorrectLogit.Defined()))], order);
        return new(analysis, Patterns(name, sequences[0], trace), PatternScores.PreviousToken(trace));
    }

    private static List<HeadOnBatch> Heads(CircuitModel model, ForwardTrace trace)
    {
        var matches = TokenMatches.Of(trace.Tokens, ScalarType.Float64);
        var (prefix, previous, duplicate) = (PatternScores.PrefixMatching(trace, matches), PatternScores.PreviousToken(trace), PatternScores.DuplicateToken(trace, matches));
        var (first, entropy, detector) = (PatternScores.FirstToken(trace), PatternScores.Entropy(trace), PatternScores.TransformerLens(trace, matches));
        var ablated = Ablation.EachHead(model, trace);
        return [.. Enumerable.Range(0, model.Heads.Count).Select(n => new HeadOnBatch(
            n / model.Configuration.Heads, n % model.Configuration.Heads, prefix[n].Defined(), previous[n].Defined(), duplicate[n].Defined(), first[n].Defined(), entropy[n].Defined(),
            new(detector.Induction[n].Defined(), detector.PreviousToken[n].Defined(), detector.DuplicateToken[n].Defined()),
            ablated[n].Full.Mean().Defined(), ablated[n].Frozen.Mean().Defined()))];
    }

    private static TermAnalysis Terms(CircuitModel model, ForwardTrace trace, double loss)
    {
        var terms = TermImportance.Of(model, trace);
        return new(terms.UniformLoss, Defined(terms.LossByOrder), loss.Defined(), Defined(terms.Marginal), Defined(terms.DirectPlusLayerLoss));

        static List<double?> Defined(IReadOnlyList<double> values) => [.. values.Select(value => value.Defined())];
    }

    private static List<AttentionPattern> Patterns(string name, long[] tokens, ForwardTrace trace) =>
        [.. trace.Patterns.SelectMany((pattern, layer) => Enumerable.Range(0, (int)pattern.shape[1]).Select(head =>
            new AttentionPattern(name, layer, head, tokens, [.. pattern[0][head].Rows().Select(row => row.Select(weight => (float)weight).ToArray())])))];
}
