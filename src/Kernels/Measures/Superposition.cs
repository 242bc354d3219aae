using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>How the columns of matrices, taken as features, share their dimensions (math.md section 7).</summary>
internal static class Superposition
{
    /// <summary>
    /// Matrices W [S, m, n] whose columns are features, one for each row of the section. With a least norm those above it count as
    /// represented; without one the norm has no scale of its own (an embedding), so that their number is undefined and the mean is over
    /// every column that is not zero. Returns their geometries.
    /// </summary>
    public static IReadOnlyList<FeatureGeometry> Set(MetricColumns columns, IReadOnlyList<Tensor> matrices, double? leastNorm)
    {
        FeatureGeometry[] all = [.. matrices.Select(FeatureGeometry.Of)];
        var represented = all.Select(g => g.Norms.gt((leastNorm ?? 0.0).Held()).Exact()).ToList();                      // [S, n] each, 0 or 1
        var counts = represented.Select(r => r.sum(-1)).ToList();
        if (leastNorm is not null)
        {
            Column("features_represented", counts);
        }
        Column("mean_dimensionality", all.Select((g, k) => (g.Dimensionality * represented[k]).sum(-1) / counts[k]));   // of none: NaN
        Column("dimensionality_sum", all.Select(g => g.Dimensionality.sum(-1)));
        Column("dimensions_per_feature", all.Select(g => g.DimensionsPerFeature));
        Column("squared_norm", all.Select(g => g.Norms.square().sum(-1)));
        Column("effective_rank", all.Select(g => g.EffectiveRank));
        Column("participation_ratio", all.Select(g => g.ParticipationRatio));
        Column("mean_absolute_cosine", matrices.Select(FeatureGeometry.MeanAbsoluteCosine));
        return all;

        void Column(string name, IEnumerable<Tensor> rows) => columns.Set("superposition", name, stack([.. rows], 1));
    }
}
