using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>A token and its score.</summary>
public readonly record struct ScoredToken(long Token, double Score);

/// <summary>[source] … [destination] → [output]: attended from the destination, the source raises the output (math.md section 3).</summary>
public readonly record struct SkipTrigram(long Source, long Destination, long Output);

/// <summary>What one head does with one source token.</summary>
/// <param name="Source">The token attended to.</param>
/// <param name="Destinations">Tokens that attend to it most: QK scores over the scale, minus the mean over all keys of the same query.</param>
/// <param name="Outputs">Tokens that it raises most: OV effects on the logits, minus the mean over all outputs.</param>
public sealed record SourceTrigrams(long Source, IReadOnlyList<ScoredToken> Destinations, IReadOnlyList<ScoredToken> Outputs)
{
    /// <summary>Product of the best destination's and the best output's score: by this the sources of a head are ranked.</summary>
    public double Strength => Math.Max(0, Destinations[0].Score) * Math.Max(0, Outputs[0].Score);

    /// <summary>All combinations of the listed destinations and outputs: a head stores f(source, destination) · g(source, output), so it raises all of them or none.</summary>
    public IEnumerable<SkipTrigram> Raised =>
        Destinations.Where(d => d.Score > 0).SelectMany(d => Outputs.Where(o => o.Score > 0).Select(o => new SkipTrigram(Source, d.Token, o.Token)));

    /// <summary>
    /// The bugs of this factorization: trigrams that the head raises although they never occur, while another raised one with the
    /// same destination and another one with the same output do. (Raising "keep … in mind" and "keep … at bay" raises "keep … in bay".)
    /// </summary>
    /// <param name="occurring">Trigrams that occur, for example those of <see cref="SkipTrigrams.In"/>.</param>
    public IEnumerable<SkipTrigram> Bugs(IReadOnlySet<SkipTrigram> occurring)
    {
        ArgumentNullException.ThrowIfNull(occurring);
        var real = Raised.Where(occurring.Contains).ToList();
        return Raised.Where(raised => !occurring.Contains(raised)
            && real.Any(other => other.Destination == raised.Destination) && real.Any(other => other.Output == raised.Output));
    }
}

/// <summary>The skip-trigrams of a head from its weights, a few source tokens at a time: nothing of size V × V is kept.</summary>
public static class SkipTrigrams
{
    private const long ElementsAtOnce = 1L << 22;

    /// <summary>The strongest of some source tokens for a head of one model, each with its strongest destinations and outputs of the whole vocabulary.</summary>
    /// <param name="model">The model.</param>
    /// <param name="head">Flat head number.</param>
    /// <param name="among">Tokens that can be sources; the time taken is their number times the vocabulary's.</param>
    /// <param name="sources">How many to list.</param>
    /// <param name="perSource">How many destinations and outputs for each.</param>
    public static IReadOnlyList<SourceTrigrams> Top(CircuitModel model, int head, IReadOnlyCollection<long> among, int sources, int perSource)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(among);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (attention, effect) = (FactoredMatrix.QueryKeyOf(model.Alone(), head).First, FactoredMatrix.OutputValueOf(model, head).First);
        var (rows, scale) = (attention.RowMeans(), model.Configuration.AttentionScale.Held());
        var best = new List<SourceTrigrams>();
        foreach (var some in among.Chunk((int)Math.Max(1, ElementsAtOnce / model.Configuration.Vocab)))
        {
            using var chunk = NewDisposeScope();
            var ids = tensor(some);
            var wanted = (attention.A.matmul(attention.B.index_select(1, ids)) - rows) / scale;                                 // [vocab, source]
            var raised = effect.A.index_select(0, ids).matmul(effect.B);
            raised -= raised.mean([1], keepdim: true);                                                                          // [source, vocab]
            var (destinations, outputs) = (Best(wanted.T(), perSource), Best(raised, perSource));
            best = [.. best.Concat(some.Select((source, row) => new SourceTrigrams(source, destinations[row], outputs[row]))).OrderByDescending(source => source.Strength).Take(sources)];
        }
        return best;
    }

    /// <summary>All skip-trigrams of the given sources that occur in sequences of token ids: source before destination, output right after it.</summary>
    public static IReadOnlySet<SkipTrigram> In(IEnumerable<long[]> sequences, IReadOnlySet<long> sources)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(sources);
        var found = new HashSet<SkipTrigram>();
        foreach (var sequence in sequences)
        {
            var seen = new HashSet<long>();
            for (var i = 0; i + 1 < sequence.Length; i++)
            {
                if (sources.Contains(sequence[i]))
                {
                    seen.Add(sequence[i]);
                }
                found.UnionWith(seen.Select(source => new SkipTrigram(source, sequence[i], sequence[i + 1])));
            }
        }
        return found;
    }

    private static ScoredToken[][] Best(Tensor scores, int count)
    {
        var (values, tokens) = scores.topk((int)Math.Min(count, scores.shape[1]), 1);
        return [.. values.Rows().Zip(tokens.Rows(), (row, ids) => row.Zip(ids, (score, id) => new ScoredToken((long)id, score)).ToArray())];
    }
}
