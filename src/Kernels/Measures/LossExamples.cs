using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// What a model's coordinates in loss space are taken on (math.md 5.8): one token, at a fixed random index, of each of 512
/// held-out sequences. The same for all runs and snapshots of one data configuration and length.
/// </summary>
/// <param name="Sequences">Token ids [sequence][position].</param>
/// <param name="Index">Of each sequence the context index of the token whose loss counts, from 1.</param>
public sealed record LossExamples(long[][] Sequences, int[] Index)
{
    /// <summary>Draws sequences and indices from the data's seed.</summary>
    internal static LossExamples Create(SequenceMixture mixture, ulong seed)
    {
        var random = RandomSource.For(seed, "data/token-losses");
        long[][] sequences = [.. mixture.HeldOut(MetricLayout.TokenLossExamples).Chunk(mixture.Length)];
        return new(sequences, [.. sequences.Select(_ => random.Between(1, mixture.Length - 1))]);
    }
}
