namespace Orchestrator.Kernels.Analysis;

/// <summary>What is computed only if it is asked for: it grows with the square of the components or with the vocabulary.</summary>
/// <param name="Scores">Heads whose attention scores are expanded.</param>
/// <param name="Trigrams">Whether the skip-trigrams of every head are listed.</param>
public sealed record AnalysisQuestions(IReadOnlyList<(int Layer, int Head)> Scores, bool Trigrams)
{
    /// <summary>Nothing further.</summary>
    public static AnalysisQuestions None { get; } = new([], false);
}

/// <summary>A head's attention scores on a batch as a sum of terms, one for what the query reads and what the key reads (math.md 2.4).</summary>
/// <param name="Head"><c>l.h</c>.</param>
/// <param name="Components">What can be read: <c>embedding</c>, <c>l.h</c> of every earlier head, <c>position</c>, <c>output_bias</c>, <c>bias</c>.</param>
/// <param name="Spread">Standard deviation of each term over all (sequence, query, key ≤ query): [component of the query][component of the key].</param>
public sealed record ScoreTerms(string Head, IReadOnlyList<string> Components, IReadOnlyList<IReadOnlyList<double?>> Spread);

/// <summary>The skip-trigrams of a head, [source] … [destination] → [output], from its weights (math.md section 3).</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head, from 0.</param>
/// <param name="Sources">The ten strongest source tokens among those of the batches.</param>
public sealed record HeadTrigrams(int Layer, int Head, IReadOnlyList<TrigramSource> Sources);

/// <summary>What a head does with one source token.</summary>
/// <param name="Source">The token.</param>
/// <param name="Strength">Product of the best destination's and the best output's score.</param>
/// <param name="Destinations">The five tokens that attend to it most: scores over the scale, minus the mean over all keys of the same query.</param>
/// <param name="Outputs">The five tokens whose logits it raises most, minus the mean over all outputs.</param>
/// <param name="Bugs">Pairs of these that the head raises although they never follow the source in the batches, while others with the same destination and with the same output do.</param>
public sealed record TrigramSource(
    long Source, double? Strength, IReadOnlyList<TokenScore> Destinations, IReadOnlyList<TokenScore> Outputs, IReadOnlyList<TrigramBug> Bugs);

/// <summary>A token and its score.</summary>
public sealed record TokenScore(long Token, double? Score);

/// <summary>A raised pair that does not occur.</summary>
public sealed record TrigramBug(long Destination, long Output);
