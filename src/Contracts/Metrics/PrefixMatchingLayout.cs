namespace Orchestrator.Contracts.Metrics;

/// <summary>
/// How the sequences are built on which prefix matching is scored (math.md 5.1): BOS and a segment R of distinct tokens (never BOS), repeated. R has 25 tokens and
/// stands 4 times where the context holds 101 tokens and there are more than 25 ids; else R has min(V - 1, floor((n_ctx - 1) / 2)) tokens and stands twice.
/// </summary>
/// <param name="SegmentLength">|R|.</param>
/// <param name="Repeats">How often R stands in a sequence.</param>
/// <param name="Bos">Whether token 0 stands first.</param>
public sealed record PrefixMatchingLayout(int SegmentLength, int Repeats, bool Bos)
{
    private const int FullSegment = 25;
    private const int FullRepeats = 4;

    /// <summary>The layout for a vocabulary of V ids, BOS included, and a longest sequence; null if either is too small to repeat anything.</summary>
    public static PrefixMatchingLayout? For(int vocab, int context, bool bos)
    {
        var room = context - (bos ? 1 : 0);
        var full = vocab > FullSegment && room >= FullSegment * FullRepeats;
        var (segment, repeats) = full ? (FullSegment, FullRepeats) : (Math.Min(vocab - 1, room / 2), 2);
        return segment < 1 ? null : new(segment, repeats, bos);
    }

    /// <summary>Score of a head that attends to everything evenly: the null of prefix matching, the same for the largest of any number of such heads.</summary>
    public double EvenAttention
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
