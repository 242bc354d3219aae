using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Analysis;

/// <summary>The skip-trigrams of every head, with the tokens of the batches as sources and their sequences as what occurs.</summary>
internal static class TrigramAnalyzer
{
    /// <summary>Source tokens times vocabulary: a head of width 64 takes seconds for so many.</summary>
    private const long MostPairs = 1L << 28;

    private const int Sources = 10;
    private const int PerSource = 5;

    /// <summary>Every head, layer-major.</summary>
    /// <exception cref="AnalysisException">The batches hold too many different tokens for the vocabulary.</exception>
    public static IReadOnlyList<HeadTrigrams> Of(CircuitModel model, IReadOnlyDictionary<string, long[][]> batches)
    {
        long[][] sequences = [.. batches.Values.SelectMany(batch => batch)];
        long[] among = [.. sequences.SelectMany(sequence => sequence).Distinct().Order()];
        if (among.Length * (long)model.Configuration.Vocab > MostPairs)
        {
            throw new AnalysisException("--trigrams", $"{among.Length:N0} different tokens in the batches times {model.Configuration.Vocab:N0} of the vocabulary are more than {MostPairs:N0} pairs: "
                + "every token of the batches is tried as a source, so give fewer sequences");
        }
        return [.. Enumerable.Range(0, model.Heads.Count).Select(head => Head(model, head, among, sequences))];
    }

    private static HeadTrigrams Head(CircuitModel model, int head, long[] among, long[][] sequences)
    {
        var top = SkipTrigrams.Top(model, head, among, Sources, PerSource);
        var occurring = SkipTrigrams.In(sequences, top.Select(source => source.Source).ToHashSet());
        return new(head / model.Configuration.Heads, head % model.Configuration.Heads, [.. top.Select(source => new TrigramSource(
            source.Source, source.Strength.Defined(), Scores(source.Destinations), Scores(source.Outputs),
            [.. source.Bugs(occurring).Select(bug => new TrigramBug(bug.Destination, bug.Output))]))]);
    }

    private static List<TokenScore> Scores(IReadOnlyList<ScoredToken> tokens) => [.. tokens.Select(token => new TokenScore(token.Token, token.Score.Defined()))];
}
