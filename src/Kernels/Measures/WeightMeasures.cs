using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>What models' weights say of heads, pairs of heads and subspaces, without data.</summary>
internal static class WeightMeasures
{
    public static void Fill(CircuitModel model, MetricColumns columns, Tensor? previousToken)
    {
        var composition = columns.Want("pairs", "k");                    // one layer has no pairs
        var tokens = model.Heads.Count > 0 && (composition || columns.Want("heads", "ov_copying")) ? new TokenCircuits(model) : null;
        if (columns.Want("heads", "ov_copying"))
        {
            Heads(model, tokens!, columns);
        }
        if (composition)
        {
            Pairs(model, new CompositionScores(model), new PairScores(model, tokens!, previousToken!), columns);
        }
        if (columns.Want("superposition", "effective_rank"))
        {
            Subspaces(model, columns);
        }
    }

    private static void Heads(CircuitModel model, TokenCircuits tokens, MetricColumns columns)
    {
        var copying = tokens.Copying();
        columns.Set("heads", "ov_copying", copying);
        columns.Set("heads", "ov_copying_centered", tokens.CopyingCentered());
        columns.Set("heads", "ov_copying_z", EigenScoreNull.Z(model.Configuration, copying));
        columns.Set("heads", "ov_trace", tokens.CopyingTrace());
        columns.Set("heads", "qk_matching", tokens.Matching());
        columns.Set("heads", "ov_norm", HeadNorms.OutputValue(model));
        columns.Set("heads", "qk_norm", HeadNorms.QueryKey(model));
        columns.Set("heads", "copying", CopyingScore.EachHead(model));
    }

    private static void Pairs(CircuitModel model, CompositionScores composition, PairScores pairs, MetricColumns columns)
    {
        var n = model.Heads.Count;
        long[] order = [.. MetricLayout.Pairs(model.Configuration.Layers, model.Configuration.Heads).Select(pair => (long)pair.From * n + pair.To)];
        var index = tensor(order, device: model.W_E.device);
        foreach (var (name, way) in new[] { ("q", composition.Query), ("k", composition.Key), ("v", composition.Value) })
        {
            columns.Set("pairs", name, InOrder(way.Raw));
            columns.Set("pairs", $"{name}_excess", InOrder(way.Excess));
            columns.Set("pairs", $"{name}_z", InOrder(way.Z));
            // The largest excess of a head as the later one of a pair, and the flat number of the earlier head that reaches it.
            var (most, partner) = way.Excess.masked_fill(way.Excess.isnan(), double.NegativeInfinity.Held()).max(1);      // [S, N] each
            var none = most.isinf();
            columns.Set("heads", $"{name}_excess_max", most.masked_fill(none, double.NaN.Held()));
            columns.Set("heads", $"{name}_partner", partner.Exact().masked_fill(none, double.NaN.Held()));
        }
        columns.Set("pairs", "qk_eigen_score", InOrder(pairs.KeyEigenScore));
        columns.Set("pairs", "qk_trace", InOrder(pairs.KeyTrace));
        columns.Set("pairs", "ov_eigen_score", InOrder(pairs.VirtualEigenScore));
        columns.Set("heads", "qk_eigen_previous", pairs.ThroughPrevious);
        columns.Set("heads", "qk_eigen_weighted", pairs.Weighted);
        columns.Set("heads", "qk_trace_weighted", pairs.WeightedTrace);

        Tensor InOrder(Tensor all) => all.flatten(1).index_select(1, index);
    }

    /// <summary>A transformer's embedding and unembedding by token, and the effective rank of what each head reads and writes.</summary>
    private static void Subspaces(CircuitModel model, MetricColumns columns)
    {
        Superposition.Set(columns, [model.W_E.T(), model.W_U], leastNorm: null);                  // [S, d, vocab] each
        foreach (var (column, factors) in new[]
        {
            ("query_effective_rank", model.Heads.W_Q), ("key_effective_rank", model.Heads.W_K), ("value_effective_rank", model.Heads.W_V),
            ("output_effective_rank", model.Heads.W_O.T()),
        })                                                                                        // [S, N, d, e] each
        {
            columns.Set("heads", column, FeatureGeometry.EffectiveRankOf(factors.T()));
        }
    }
}
