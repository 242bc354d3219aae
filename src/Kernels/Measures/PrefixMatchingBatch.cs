using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// The sequences on which prefix matching is scored (math.md 5.1): BOS and a segment R of distinct random tokens (never BOS),
/// repeated. R has 25 tokens and stands 4 times where the context holds 101 tokens and there are more than 25 ids; else R has
/// min(V - 1, floor((n_ctx - 1) / 2)) tokens and stands twice. The layout moves the score of a head that attends evenly, so it is stored with it.
/// </summary>
/// <param name="Tokens">Token ids [sequence][position].</param>
/// <param name="SegmentLength">|R|.</param>
/// <param name="Repeats">How often R stands in a sequence.</param>
/// <param name="Bos">Whether token 0 stands first.</param>
public sealed record PrefixMatchingBatch(long[][] Tokens, int SegmentLength, int Repeats, bool Bos)
{
    private const int Sequences = 10;
    private const int FullSegment = 25;
    private const int FullRepeats = 4;

    /// <summary>Draws the batch; null if the context or the vocabulary is too small to repeat anything.</summary>
    /// <param name="vocab">Number of token ids V, BOS included.</param>
    /// <param name="context">Longest sequence.</param>
    /// <param name="bos">Whether sequences start with token 0.</param>
    /// <param name="seed">Decides the tokens.</param>
    public static PrefixMatchingBatch? Create(int vocab, int context, bool bos, ulong seed)
    {
        var room = context - (bos ? 1 : 0);
        var full = vocab > FullSegment && room >= FullSegment * FullRepeats;
        var (segment, repeats) = full ? (FullSegment, FullRepeats) : (Math.Min(vocab - 1, room / 2), 2);
        if (segment < 1)
        {
            return null;
        }
        var random = RandomSource.For(seed, "prefix-matching");
        return new([.. Enumerable.Range(0, Sequences).Select(_ => Sequence())], segment, repeats, bos);

        long[] Sequence()
        {
            var ids = Enumerable.Range(1, vocab - 1).Select(id => (long)id).ToArray();
            for (var k = 0; k < segment; k++)
            {
                var other = random.Between(k, ids.Length - 1);
                (ids[k], ids[other]) = (ids[other], ids[k]);
            }
            var tiled = Enumerable.Repeat(ids[..segment], repeats).SelectMany(part => part);
            return bos ? [0, .. tiled] : [.. tiled];
        }
    }

    /// <summary>Score of a head that attends to everything evenly, with this layout.</summary>
    public double UniformBaseline
    {
        get
        {
            var shift = Bos ? 1 : 0;
            // Query r * |R| + k (k-th token of the r-th repeat, r ≥ 1) has r targets among its r |R| + k + 1 + shift keys.
            return Enumerable.Range(1, Repeats - 1)
                .SelectMany(r => Enumerable.Range(0, SegmentLength).Select(k => (double)r / (r * SegmentLength + k + 1 + shift)))
                .Average();
        }
    }
}
