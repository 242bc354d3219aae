using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Metrics;

/// <summary>A rectangular part of a metric vector: <paramref name="Rows"/> × <paramref name="Columns"/>, row-major from <paramref name="Offset"/>.</summary>
public sealed record MetricSection(string Name, int Offset, int Rows, IReadOnlyList<string> Columns)
{
    /// <summary>Number of floats.</summary>
    public int Length => Rows * Columns.Count;

    /// <summary>Position in the vector of one column of one row. Throws <see cref="ArgumentException"/> for a column that is not there.</summary>
    public int At(int row, string column)
    {
        for (var c = 0; c < Columns.Count; c++)
        {
            if (Columns[c] == column)
            {
                return Offset + row * Columns.Count + c;
            }
        }
        throw new ArgumentException($"section '{Name}' has no column '{column}'", nameof(column));
    }
}

/// <summary>
/// Describes the packed float32 vector that holds all metrics of one snapshot. It is a function of the metric version, the
/// model's shape and the measures asked for, so that worker and control plane agree without shipping it. Undefined values are NaN.
/// </summary>
/// <remarks>
/// Rows of <c>heads</c> are layer-major (l * H + h). Rows of <c>pairs</c> run over (earlier head, later head) in different
/// layers, earlier-major: see <see cref="Pairs"/>. Rows of <c>terms</c> are path orders 0..L. <c>index_losses</c> has one row
/// per predicted position: row i is the mean loss of the token at context index i + 1. <c>superposition</c> has one row per matrix
/// whose columns are taken as features (a toy's W; a transformer's W_E by token and W_U by token), <c>features</c> one per feature
/// of a toy's W, <c>token_losses</c> one per held-out sequence. A kind without attention has none of the sections of heads.
/// </remarks>
public sealed class MetricLayout
{
    private static readonly string[] HeadColumns =
    [
        "prefix_matching", "previous_token", "duplicate_token", "bos_attention", "entropy", "logit_attribution",
        "ov_copying", "ov_copying_centered", "ov_copying_z", "ov_trace", "qk_matching", "ov_norm", "qk_norm", "copying",
    ];
    private static readonly string[] HeadCompositionColumns =
    [
        "q_excess_max", "q_partner", "k_excess_max", "k_partner", "v_excess_max", "v_partner",
        "qk_eigen_previous", "qk_eigen_weighted", "qk_trace_weighted",
    ];
    private static readonly string[] HeadAblationColumns =
        ["ablation_loss_delta", "ablation_loss_frozen_delta", "ablation_icl_delta", "ablation_icl_frozen_delta"];
    private static readonly string[] PairColumns =
    [
        "q", "k", "v", "q_excess", "k_excess", "v_excess", "q_z", "k_z", "v_z", "qk_eigen_score", "qk_trace", "ov_eigen_score",
    ];

    private static readonly string[] HeadSubspaceColumns = ["query_effective_rank", "key_effective_rank", "value_effective_rank", "output_effective_rank"];
    private static readonly string[] SuperpositionColumns =
    [
        "features_represented", "mean_dimensionality", "dimensionality_sum", "dimensions_per_feature", "squared_norm",
        "effective_rank", "participation_ratio", "mean_absolute_cosine",
    ];
    private static readonly string[] FeatureColumns = ["norm", "dimensionality", "interference"];

    /// <summary>Held-out sequences of which <see cref="Measure.TokenLosses"/> takes one token each.</summary>
    public const int TokenLossExamples = 512;

    private MetricLayout(int layers, int heads, IReadOnlyList<MetricSection> sections)
    {
        Layers = layers;
        Heads = heads;
        Sections = sections;
        Length = sections.Count == 0 ? 0 : sections[^1].Offset + sections[^1].Length;
    }

    /// <summary>Layers L of the model; 0 for a kind without attention.</summary>
    public int Layers { get; }
    /// <summary>Heads per layer H of the model; 0 for a kind without attention.</summary>
    public int Heads { get; }
    /// <summary>The parts in order of their offsets. Which ones exist depends on the measures asked for.</summary>
    public IReadOnlyList<MetricSection> Sections { get; }
    /// <summary>Number of floats in the whole vector.</summary>
    public int Length { get; }

    /// <summary>The section with that name, or null if the measures do not include it.</summary>
    public MetricSection? Find(string section) => Sections.FirstOrDefault(s => s.Name == section);

    /// <summary>The layout of a model's vector for the measures asked for, in the current metric version.</summary>
    public static MetricLayout For(Architecture model, IReadOnlyCollection<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(measures);
        var sections = new List<MetricSection>();
        Add(sections, "run", 1, ["loss", "icl_score", "prefix_loss"]);
        switch (model)
        {
            case ModelConfiguration transformer:
                Attention(sections, transformer, measures);
                return new MetricLayout(transformer.Layers, transformer.Heads, sections);
            case ReluToy toy:
                Toy(sections, toy, measures);
                return new MetricLayout(0, 0, sections);
            default:
                throw new ArgumentException($"no layout is known for models of kind {model.GetType().Name}", nameof(model));
        }
    }

    private static void Toy(List<MetricSection> sections, ReluToy toy, IReadOnlyCollection<Measure> measures)
    {
        if (measures.Contains(Measure.Superposition))
        {
            Add(sections, "superposition", 1, SuperpositionColumns);
            Add(sections, "features", toy.Features, FeatureColumns);
        }
    }

    private static void Attention(List<MetricSection> sections, ModelConfiguration model, IReadOnlyCollection<Measure> measures)
    {
        var perHead = measures.Contains(Measure.Heads) ? HeadColumns.AsEnumerable() : [];
        perHead = measures.Contains(Measure.Composition) ? perHead.Concat(HeadCompositionColumns) : perHead;
        perHead = measures.Contains(Measure.Ablations) ? perHead.Concat(HeadAblationColumns) : perHead;
        perHead = measures.Contains(Measure.Superposition) ? perHead.Concat(HeadSubspaceColumns) : perHead;
        Add(sections, "heads", model.HeadCount, [.. perHead]);
        if (measures.Contains(Measure.Composition))
        {
            Add(sections, "pairs", Pairs(model.Layers, model.Heads).Count(), PairColumns);
        }
        if (measures.Contains(Measure.Terms))
        {
            Add(sections, "terms", model.Layers + 1, ["loss"]);
            Add(sections, "layer_terms", model.Layers, ["direct_plus_layer_loss"]);
        }
        if (measures.Contains(Measure.InContextLearning))
        {
            Add(sections, "index_losses", model.NCtx - 1, ["loss"]);
        }
        if (measures.Contains(Measure.Superposition))
        {
            Add(sections, "superposition", 2, SuperpositionColumns);
        }
        if (measures.Contains(Measure.TokenLosses))
        {
            Add(sections, "token_losses", TokenLossExamples, ["loss"]);
        }
    }

    private static void Add(List<MetricSection> sections, string name, int rows, IReadOnlyList<string> columns) =>
        sections.Add(new MetricSection(name, sections.Count == 0 ? 0 : sections[^1].Offset + sections[^1].Length, rows, columns));

    /// <summary>Every (earlier, later) pair of heads in different layers, as flat head numbers l * H + h, in the order of the <c>pairs</c> rows.</summary>
    public static IEnumerable<(int From, int To)> Pairs(int layers, int heads)
    {
        for (var from = 0; from < layers * heads; from++)
        {
            for (var to = (from / heads + 1) * heads; to < layers * heads; to++)
            {
                yield return (from, to);
            }
        }
    }
}
