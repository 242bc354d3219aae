using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>
/// One part of a mixture. It keeps nothing between sequences, so a stream's position is the position of its random numbers.
/// </summary>
public interface ISequenceSource
{
    /// <summary>Writes one sequence, without BOS.</summary>
    /// <param name="tokens">Where to; its length is the sequence's. Every token is in 1..V-1.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="heldOut">Whether the sequence must come from what training never sees (only text has such a part).</param>
    void Fill(Span<long> tokens, RandomSource random, bool heldOut);
}
