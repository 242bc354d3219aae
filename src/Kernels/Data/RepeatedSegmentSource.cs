using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>
/// A segment of uniform tokens, tiled. Its length is drawn for every sequence, so that no fixed distance back can stand in for
/// finding the earlier occurrence: what is left to learn is induction.
/// </summary>
internal sealed class RepeatedSegmentSource : ISequenceSource
{
    private readonly RepeatedSegments _part;
    private readonly int _symbols;

    internal RepeatedSegmentSource(RepeatedSegments part, int vocab)
    {
        if (part.Shortest < 1 || part.Longest < part.Shortest)
        {
            throw new DataConfigurationException($"repeated-segments: segment lengths must be 1 <= shortest <= longest, found [{part.Shortest}, {part.Longest}]");
        }
        (_part, _symbols) = (part, vocab - 1);
    }

    public void Fill(Span<long> tokens, RandomSource random, bool heldOut)
    {
        var period = Math.Min(random.Between(_part.Shortest, _part.Longest), tokens.Length);
        for (var i = 0; i < period; i++)
        {
            tokens[i] = random.Between(1, _symbols);
        }
        for (var i = period; i < tokens.Length; i++)
        {
            tokens[i] = tokens[i - period];
        }
    }
}
