using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Analysis;

/// <summary>The analysis of some sequences of a batch.</summary>
/// <param name="Analysis">As if these were all.</param>
/// <param name="Sequences">How many.</param>
/// <param name="Repeats">Queries whose token occurred before: those that prefix matching and duplicate-token scores average over.</param>
/// <param name="Patterns">Attention on the first sequence, if this is the first part.</param>
/// <param name="PreviousToken">Previous-token scores, flat.</param>
/// <param name="Scores">The expansions that were asked for, one a head.</param>
internal sealed record BatchPart(
    BatchAnalysis Analysis, int Sequences, double Repeats, IReadOnlyList<AttentionPattern> Patterns, double[] PreviousToken, IReadOnlyList<ScoreMoments> Scores);

/// <summary>Puts parts of one batch together: means weighted by what each part averaged over, so that nothing depends on how the batch was cut.</summary>
internal static class BatchParts
{
    public static BatchAnalysis Combine(IReadOnlyList<BatchPart> parts)
    {
        var first = parts[0].Analysis;
        return parts.Count == 1 ? first : new(
            Mean(a => a.Loss),
            [.. parts.SelectMany(part => part.Analysis.LossPerToken)],
            new(parts.Sum(part => part.Analysis.Logits.Sum), parts.Sum(part => part.Analysis.Logits.AbsSum), parts.Sum(part => part.Analysis.Logits.SumSq)),
            [.. first.Heads.Select((head, n) => Head(head, n))],
            new(first.Terms.UniformLoss, Means(a => a.Terms.LossByOrder), Mean(a => a.Terms.FullLoss), Means(a => a.Terms.Marginal), Means(a => a.Terms.DirectPlusLayerLoss)),
            [.. first.Paths.Select((path, n) => path with { CorrectLogit = Mean(a => a.Paths[n].CorrectLogit) })],
            first.PathsOrder);

        // All sequences have one length, so that means over positions weigh by the number of sequences.
        double? Mean(Func<BatchAnalysis, double?> of) => Weighted(part => part.Sequences, of);

        List<double?> Means(Func<BatchAnalysis, IReadOnlyList<double?>> of) => [.. of(first).Select((_, n) => Mean(a => of(a)[n]))];

        double? Weighted(Func<BatchPart, double> weight, Func<BatchAnalysis, double?> of)
        {
            var (sum, total) = (0.0, 0.0);
            foreach (var part in parts)
            {
                if (of(part.Analysis) is { } value)
                {
                    (sum, total) = (sum + weight(part) * value, total + weight(part));
                }
            }
            return total > 0 ? sum / total : null;
        }

        HeadOnBatch Head(HeadOnBatch head, int n) => head with
        {
            PrefixMatching = Weighted(part => part.Repeats, a => a.Heads[n].PrefixMatching),
            DuplicateToken = Weighted(part => part.Repeats, a => a.Heads[n].DuplicateToken),
            PreviousToken = Mean(a => a.Heads[n].PreviousToken),
            BosAttention = Mean(a => a.Heads[n].BosAttention),
            Entropy = Mean(a => a.Heads[n].Entropy),
            TransformerLens = new(
                Mean(a => a.Heads[n].TransformerLens.InductionHead), Mean(a => a.Heads[n].TransformerLens.PreviousTokenHead), Mean(a => a.Heads[n].TransformerLens.DuplicateTokenHead)),
            AblationLoss = Mean(a => a.Heads[n].AblationLoss),
            AblationLossFrozen = Mean(a => a.Heads[n].AblationLossFrozen),
        };
    }
}
