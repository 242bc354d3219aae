using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// The sequences on which prefix matching is scored (math.md 5.1): a layout with random tokens. The layout moves the score of a head that attends
/// evenly, so it stands with them.
/// </summary>
/// <param name="Tokens">Token ids [sequence][position].</param>
/// <param name="Layout">How a sequence is built.</param>
public sealed record PrefixMatchingBatch(long[][] Tokens, PrefixMatchingLayout Layout)
{
    private const int Sequences = 10;

    /// <summary>Draws the batch; null if the context or the vocabulary is too small to repeat anything.</summary>
    /// <param name="vocab">Number of token ids V, BOS included.</param>
    /// <param name="context">Longest sequence.</param>
    /// <param name="bos">Whether sequences start with token 0.</param>
    /// <param name="seed">Decides the tokens.</param>
    public static PrefixMatchingBatch? Create(int vocab, int context, bool bos, ulong seed)
    {
        if (PrefixMatchingLayout.For(vocab, context, bos) is not { } layout)
        {
            return null;
        }
        var random = RandomSource.For(seed, "prefix-matching");
        return new([.. Enumerable.Range(0, Sequences).Select(_ => Sequence())], layout);

        long[] Sequence()
        {
            var ids = Enumerable.Range(1, vocab - 1).Select(id => (long)id).ToArray();
            for (var k = 0; k < layout.SegmentLength; k++)
            {
                var other = random.Between(k, ids.Length - 1);
                (ids[k], ids[other]) = (ids[other], ids[k]);
            }
            var tiled = Enumerable.Repeat(ids[..layout.SegmentLength], layout.Repeats).SelectMany(part => part);
            return bos ? [0, .. tiled] : [.. tiled];
        }
    }
}
