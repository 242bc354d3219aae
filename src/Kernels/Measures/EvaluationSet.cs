using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;

namespace Orchestrator.Kernels.Measures;

/// <summary>What every snapshot of every run of a sweep is measured on; the same for all of them.</summary>
/// <param name="HeldOut">Sequences that training never sees [sequence][position], all of one length.</param>
/// <param name="Prefix">The prefix-matching batch, or null where none fits.</param>
public sealed record EvaluationSet(long[][] HeldOut, PrefixMatchingBatch? Prefix)
{
    private const int Tokens = 2048;
    private const int FewestSequences = 8;

    /// <summary>
    /// The evaluation set of a data configuration: about 2,048 held-out tokens (8 sequences at least) and the prefix-matching
    /// batch, both from the data's seed alone.
    /// </summary>
    /// <param name="data">What runs are trained on.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="texts">Where text files come from; may be null where no part is text.</param>
    /// <exception cref="DataConfigurationException">A part cannot work with the vocabulary or the length.</exception>
    public static EvaluationSet Create(DataConfiguration data, int context, ITextContents? texts = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var mixture = new SequenceMixture(data, context, texts);
        var sequences = mixture.HeldOut(Math.Max(FewestSequences, Tokens / context)).Chunk(context);
        return new([.. sequences], PrefixMatchingBatch.Create(data.Vocab, context, data.Bos, data.Seed));
    }
}
