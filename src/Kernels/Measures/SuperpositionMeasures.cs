using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Fills the rows of superposition of one snapshot's vector.</summary>
internal static class SuperpositionMeasures
{
    /// <summary>
    /// One matrix W [m, n] whose columns are features. With a least norm those above it count as represented; without one the norm
    /// has no scale of its own (an embedding), so that their number is undefined and the mean is over every column that is not zero.
    /// </summary>
    public static void SetSuperposition(this MetricVector vector, int row, Tensor W, FeatureGeometry geometry, double? leastNorm)
    {
        int[] represented = [.. Enumerable.Range(0, geometry.Norms.Count).Where(k => geometry.Norms[k] > (leastNorm ?? 0))];
        Set("features_represented", leastNorm is null ? null : represented.Length);
        Set("mean_dimensionality", represented.Select(k => geometry.Dimensionality[k]).ToArray().Mean());
        Set("dimensionality_sum", geometry.Dimensionality.Sum());
        Set("dimensions_per_feature", geometry.DimensionsPerFeature);
        Set("squared_norm", geometry.Norms.Sum(norm => norm * norm));
        Set("effective_rank", geometry.EffectiveRank);
        Set("participation_ratio", geometry.ParticipationRatio);
        Set("mean_absolute_cosine", FeatureGeometry.MeanAbsoluteCosine(W));

        void Set(string column, double? value) => vector.Set("superposition", row, column, value?.Defined());
    }

    /// <summary>A transformer's embedding and unembedding by token, and the effective rank of what each head reads and writes.</summary>
    public static void OfTransformer(CircuitModel model, MetricVector vector)
    {
        if (vector.Layout.Find("superposition") is null)
        {
            return;
        }
        foreach (var (row, W) in new[] { model.W_E.T(), model.W_U }.Index())                    // [d, vocab] each
        {
            vector.SetSuperposition(row, W, FeatureGeometry.Of(W), leastNorm: null);
        }
        var heads = model.Heads;
        foreach (var (column, factors) in new[]
        {
            ("query_effective_rank", heads.W_Q), ("key_effective_rank", heads.W_K), ("value_effective_rank", heads.W_V), ("output_effective_rank", heads.W_O.T()),
        })                                                                                      // [N, d, e] each
        {
            for (var head = 0; head < heads.Count; head++)
            {
                vector.Set("heads", head, column, FeatureGeometry.EffectiveRankOf(factors[head].T()).Defined());
            }
        }
    }
}
