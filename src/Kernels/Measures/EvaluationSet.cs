using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;

namespace Orchestrator.Kernels.Measures;

/// <summary>What every snapshot of every run of a sweep is measured on; the same for all of them.</summary>
/// <param name="HeldOut">Sequences that training never sees [sequence][position], all of one length.</param>
/// <param name="Prefix">The prefix-matching batch, or null if none fits.</param>
public sealed record EvaluationSet(long[][] HeldOut, PrefixMatchingBatch? Prefix)
{
    /// <summary>One token of each of 512 held-out sequences, or null if token losses are not asked for.</summary>
    public LossExamples? Examples { get; init; }

    /// <summary>Held-out sequences that a run's last snapshot is measured on (math.md 8.3).</summary>
    public const int FinalSequences = 2_048;
    /// <summary>Of those, so many from the first on for the snapshots before it.</summary>
    public const int BetweenSequences = 128;

    private const ulong PrefixSeed = 0;

    /// <summary>The sequences as a tokens file names them: <c>held_out</c>, then <c>prefix_matching</c> if there is such a batch.</summary>
    public IReadOnlyDictionary<string, long[][]> Batches => Prefix is null
        ? new Dictionary<string, long[][]> { ["held_out"] = HeldOut }
        : new Dictionary<string, long[][]> { ["held_out"] = HeldOut, ["prefix_matching"] = Prefix.Tokens };

    /// <summary>
    /// The evaluation set of a data configuration: 2,048 held-out sequences from the data's seed, and the prefix-matching batch, the same for all data of one vocabulary and length.
    /// </summary>
    /// <param name="data">What runs are trained on.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="texts">Where text files come from; may be null if no part is text.</param>
    /// <param name="measures">What will be measured: token losses need more sequences than the rest.</param>
    /// <exception cref="DataConfigurationException">A part cannot work with the vocabulary or the length.</exception>
    public static EvaluationSet Create(DataConfiguration data, int context, ITextContents? texts = null, IReadOnlyCollection<Measure>? measures = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var mixture = new SequenceMixture(data, context, texts);
        var sequences = mixture.HeldOut(FinalSequences).Chunk(context);
        return new([.. sequences], PrefixMatchingBatch.Create(data.Vocab, context, data.Bos, PrefixSeed))
        {
            Examples = measures?.Contains(Measure.TokenLosses) == true ? LossExamples.Create(mixture, data.Seed) : null,
        };
    }
}
