using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Tests.Metrics;

/// <summary>Stored vectors are read by this layout: whoever moves a column raises <see cref="Versions.Metrics"/> and rewrites the lists here.</summary>
public sealed class MetricLayoutTests
{
    private static readonly ModelConfiguration Transformer = new() { Layers = 2, Heads = 3, DModel = 12, DHead = 4, NCtx = 24 };

    [Fact]
    public void The_columns_of_version_2_stand_where_stored_vectors_have_them()
    {
        var layout = MetricLayout.For(Transformer, Enum.GetValues<Measure>());

        Assert.Equal(2, Versions.Metrics);
        Assert.Equal(
        [
            "run 0 1: loss± icl_score± prefix_loss± icl_window± sequences",
            "heads 9 6: prefix_matching± previous_token± duplicate_token± bos_attention± entropy± logit_attribution±"
                + " ov_copying ov_copying_centered ov_copying_z ov_trace qk_matching ov_norm qk_norm copying"
                + " q_excess_max q_partner k_excess_max k_partner v_excess_max v_partner qk_eigen_previous qk_eigen_weighted qk_trace_weighted"
                + " ablation_loss_delta± ablation_loss_frozen_delta± ablation_icl_delta± ablation_icl_frozen_delta±"
                + " query_effective_rank key_effective_rank value_effective_rank output_effective_rank",
            "pairs 255 9: q k v q_excess k_excess v_excess q_z k_z v_z qk_eigen_score qk_trace ov_eigen_score",
            "terms 363 3: loss±",
            "layer_terms 369 2: direct_plus_layer_loss±",
            "index_losses 373 23: loss±",
            "superposition 419 2: features_represented mean_dimensionality dimensionality_sum dimensions_per_feature squared_norm"
                + " effective_rank participation_ratio mean_absolute_cosine",
            "token_losses 435 512: loss",
        ], Lines(layout));
    }

    [Fact]
    public void A_toy_model_has_its_features_and_nothing_of_heads() => Assert.Equal(
        ["run", "superposition", "features"],
        MetricLayout.For(new ReluToy { Features = 7, Hidden = 2 }, Enum.GetValues<Measure>()).Sections.Select(section => section.Name));

    [Fact]
    public void Where_nothing_is_asked_for_there_are_heads_without_columns() => Assert.Equal("heads 9 6: ", Lines(MetricLayout.For(Transformer, [])).Last());

    [Fact]
    public void Every_source_of_a_result_is_a_column() => Assert.All(
        MetricTable.Section(MetricTable.Results).Select(metric => metric.Source).OfType<MetricSource>(),
        source => Assert.NotNull(MetricTable.Find(source.Section, source.Column)));

    /// <summary>Name, offset, rows and columns; a column and its standard error as one with a ±.</summary>
    private static IEnumerable<string> Lines(MetricLayout layout) => layout.Sections.Select(section =>
        System.Text.RegularExpressions.Regex.Replace($"{section.Name} {section.Offset} {section.Rows}: {string.Join(' ', section.Columns)}", @"\b(\w+) \1_error", "$1±"));
}
