using static Orchestrator.Contracts.Metrics.MetricRange;

namespace Orchestrator.Contracts.Metrics;

/// <summary>Every metric there is. Layout, tables, legends, plots and <c>docs/metrics.md</c> take from here what they say of one.</summary>
public static class MetricTable
{
    /// <summary>The section of what a completed run came to; all others are parts of a snapshot's vector.</summary>
    public const string Results = "results";

    /// <summary>Share of runs with an induction head; the one result that is a share.</summary>
    public const string InductionShare = "induction_share";
    /// <summary>Step of the phase change; the one result that is a median.</summary>
    public const string TransitionStep = "transition_step";
    /// <summary>Largest prefix-matching score of a run.</summary>
    public const string PrefixMatchingMax = "prefix_matching_max";
    /// <summary>In-context-learning score of a run.</summary>
    public const string IclScore = "icl_score";
    /// <summary>Held-out loss of a run, in the unit of its kind of model.</summary>
    public const string FinalLoss = "final_loss";

    private const string NoRepeat = "no token occurs twice";
    private const string OneToken = "the context is one token";
    private const string FirstLayer = "the head is in the first layer";
    private const string NoEigenvalue = "a factor is zero, or sum abs(lambda) ≤ 1e-12 × the product of the factors' Frobenius norms";
    private const string NormZero = "a norm is zero";
    private const string FactorZero = "the factor is zero";
    private const string TooShort = "T < 22";

    private static readonly Metric FeaturesRepresented = new("features_represented", "features", NotNegative, "features whose norm exceeds 1/2; embeddings have no such scale",
        "features with norm(W_k) > 1/2", "transformers")
    { Heading = "features\nrepresented" };
    private static readonly Metric MeanDimensionality = new("mean_dimensionality", "", Share, "share of a dimension that a represented feature has for itself; 1/2 is a pair",
        "mean over the represented features; transformers: over all columns that are not zero", "none is")
    { Heading = "mean\ndimensionality" };
    private static readonly Metric DimensionsPerFeature = new("dimensions_per_feature", "", NotNegative, "hidden dimensions over the squared norm of W; of transformers W_E",
        "m / norm(W)²_F", "W = 0")
    { Heading = "dimensions\nper feature" };

    /// <summary>All metrics. The columns of a section stand in the order of the packed vector: new ones go to the end of their measure.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        .. Of("run", null,
            new("loss", "nats", NotNegative, "held-out loss per token",
                "mean loss of the next token; of a toy model the mean over samples of sum_k I_k (x_k - x'_k)², I_k = importance^k, which is no nats",
                OneToken) { Heading = "loss\n(nats)", Sampled = true },
            new("icl_score", "nats", Any, "loss late in the context minus loss early; negative learns in context",
                "loss at index min(T-1, floor(500 T/512)) minus loss at index floor(50 T/512 + 1/2)", TooShort) { Heading = "ICL score\n(nats)", Sampled = true },
            new("prefix_loss", "nats", NotNegative, "loss where the token occurred before (induction loss)",
                "mean loss of the next token on the prefix-matching batch, over queries whose token occurred before", NoRepeat) { Sampled = true },
            new("icl_window", "nats", Any, "`icl_score` from means around both indices: less noisy",
                "the same difference of means over the max(1, floor(T/16)) indices on each side of both, cut at the ends", TooShort) { Sampled = true },
            new("sequences", "", NotNegative, "held-out sequences (of a toy model: samples) that the snapshot was measured on",
                "2,048 for a run's last snapshot, 128 for those before it")),
        .. Of("heads", Measure.Heads,
            new("prefix_matching", "", Share, "attention to what followed earlier copies of the current token",
                "sum of A[q,k] over 1 ≤ k ≤ q with t[k-1] = t[q]; mean over q whose token occurred before", NoRepeat) { Heading = "prefix\nmatching", Sampled = true },
            new("previous_token", "", Share, "attention to the token before",
                "A[q,q-1]; mean over q ≥ 1", OneToken) { Heading = "previous\ntoken", Sampled = true },
            new("duplicate_token", "", Share, "attention to earlier copies of the current token",
                "sum of A[q,k] over k < q with t[k] = t[q]; mean over q whose token occurred before", NoRepeat) { Sampled = true },
            new("bos_attention", "", Share, "attention to the first position",
                "A[q,0], whatever token stands there; mean over q ≥ 1", OneToken) { Sampled = true },
            new("entropy", "nats", NotNegative, "how widely attention is spread", "-sum A ln A; mean over q ≥ 1", OneToken) { Sampled = true },
            new("logit_attribution", "logits", Any, "direct effect on the correct next token",
                "on that token's logit over the queries of `prefix_matching`, minus its mean over the vocabulary: a constant in all logits is nothing",
                NoRepeat) { Sampled = true },
            new("ov_copying", "", Score, "eigen-score of the full OV circuit; 1 copies",
                "sum Re(lambda) / sum abs(lambda) over the eigenvalues of W_E W_OV W_U, by those of the e × e matrix W_O (W_U W_E) W_V",
                NoEigenvalue) { Heading = "OV\ncopying" },
            new("ov_copying_centered", "", Score, "`ov_copying` whatever is added to all logits",
                "`ov_copying` of W_U minus its mean over the vocabulary", NoEigenvalue),
            new("ov_copying_z", "", Any, "`ov_copying` in standard deviations of random heads",
                "over the standard deviation of the score of Gaussian weights of that (d, e, V): 2,048 seeded draws", NoEigenvalue),
            new("ov_trace", "", Any, "sum of the eigenvalues of the full OV circuit", "trace of W_E W_OV W_U"),
            new("qk_matching", "", Score, "eigen-score of the full QK circuit; 1 attends to its own token",
                "that of W_E W_QK W_E^T, without the attention scale", NoEigenvalue),
            new("ov_norm", "", NotNegative, "size of the OV circuit", "Frobenius norm of W_OV"),
            new("qk_norm", "", NotNegative, "size of the QK circuit", "Frobenius norm of W_QK"),
            new("copying", "", Score, "how much attending to a token raises that token's own logit; a random head has about -0.85",
                "per token u the effect W_E[u] W_OV W_U, centred over V, cut at 0; rho = rise(u) / (rise(u) + rises of the 25 tokens u, u+s, …, "
                + "s = floor(V/25), mod V; all if V ≤ 25); 4 rho - 1, mean over u",
                "nothing rises") { Heading = "copying" }),
        .. Of("heads", Measure.Composition,
            Best("q"), Partner("q"), Best("k") with { Heading = "K excess\n(best)" }, Partner("k"), Best("v"), Partner("v"),
            new("qk_eigen_previous", "", Score, "`qk_eigen_score` through the best previous-token head",
                "through the earlier head with the largest `previous_token`", FirstLayer),
            new("qk_eigen_weighted", "", Score, "`qk_eigen_score` through all previous-token heads",
                "of the sum of those circuits over all earlier heads, weighted by their `previous_token` (Olsson et al.)", FirstLayer),
            new("qk_trace_weighted", "", Any, "`qk_trace` through all previous-token heads", "trace of the same sum", FirstLayer)),
        .. Of("heads", Measure.Ablations,
            new("ablation_loss_delta", "nats", Any, "what the loss gains if the head is zeroed",
                "loss with the head's output zeroed (its b_V too, the layer's b_O not), everything after it recomputed, minus the clean loss", OneToken) { Sampled = true },
            new("ablation_loss_frozen_delta", "nats", Any, "the same with all attention as it was",
                "patterns and norms kept: the loss without the path terms that contain the head, minus the clean loss", OneToken) { Sampled = true },
            new("ablation_icl_delta", "nats", Any, "what `icl_score` gains if the head is zeroed; positive: the head makes in-context learning",
                "`icl_score` ablated minus clean", TooShort) { Sampled = true },
            new("ablation_icl_frozen_delta", "nats", Any, "the same with all attention as it was", "patterns and norms kept", TooShort) { Sampled = true }),
        .. Of("heads", Measure.Superposition,
            EffectiveRank("query", "W_Q"), EffectiveRank("key", "W_K"), EffectiveRank("value", "W_V"), EffectiveRank("output", "W_O")),
        .. Of("pairs", Measure.Composition,
            new("q", "", Share, "how much the later head's query reads what the earlier one wrote",
                "norm(W_OV¹ W_QK²) / (norm(W_OV¹) norm(W_QK²))", NormZero),
            new("k", "", Share, "how much the later head's key reads what the earlier one wrote",
                "norm(W_OV¹ W_QK²ᵀ) / (norm(W_OV¹) norm(W_QK²))", NormZero),
            new("v", "", Share, "how much the later head's value reads what the earlier one wrote",
                "norm(W_OV¹ W_OV²) / (norm(W_OV¹) norm(W_OV²))", NormZero),
            Excess("q"), Excess("k"), Excess("v"), Z("q"), Z("k"), Z("v"),
            new("qk_eigen_score", "", Score, "whether the later head matches its token with what the earlier one moved; 1 is induction",
                "eigen-score of W_E W_QK² W_OV¹ᵀ W_Eᵀ: the query reads its token, the key what head 1 moved there", NoEigenvalue),
            new("qk_trace", "", Any, "sum of the eigenvalues of the same circuit", "its trace"),
            new("ov_eigen_score", "", Score, "whether the virtual head copies", "eigen-score of W_E W_OV¹ W_OV² W_U", NoEigenvalue)),
        .. Of("terms", Measure.Terms,
            [new("loss", "nats", NotNegative, "loss of all paths through at most so many heads",
                "of the sum of all path terms of at most k heads, patterns and norms frozen; k = L is the model", OneToken) { Sampled = true }]),
        .. Of("layer_terms", Measure.Terms,
            [new("direct_plus_layer_loss", "nats", NotNegative, "loss of the direct path and one layer's heads",
                "direct path plus the single-head terms of the layer", OneToken) { Sampled = true }]),
        .. Of("index_losses", Measure.InContextLearning,
            [new("loss", "nats", NotNegative, "held-out loss by context index",
                "mean loss of the token at context index i + 1", "the sequences are shorter") { Sampled = true }]),
        .. Of("superposition", Measure.Superposition,
            FeaturesRepresented, MeanDimensionality,
            new("dimensionality_sum", "", NotNegative, "dimensions that features fill", "over all features; at most rank(W)"),
            DimensionsPerFeature,
            new("squared_norm", "", NotNegative, "\"features learned\"", "norm(W)²_F", "W = 0"),
            new("effective_rank", "", NotNegative, "dimensions in use",
                "exp of the entropy of the squared singular values as shares", "W = 0"),
            new("participation_ratio", "", NotNegative, "dimensions in use, large ones counting more", "(sum s²)² / sum s⁴", "W = 0"),
            new("mean_absolute_cosine", "", Share, "how far features are from orthogonal",
                "over all pairs of columns that are not zero", "fewer than two are not zero")),
        .. Of("features", Measure.Superposition,
            new("norm", "", NotNegative, "how much of a feature is kept", "norm of W_k"),
            new("dimensionality", "", Share, "share of a dimension; 1 has its own, 2/3 is a triangle, 1/2 an antipodal pair, 2/5 a pentagon",
                "norm(W_k)² / sum_j (unit W_k · W_j)² = G_kk² / (G²)_kk; 0 for W_k = 0"),
            new("interference", "", NotNegative, "what other features bring into its direction",
                "sum over j ≠ k of (unit W_k · W_j)²", "W_k = 0")),
        .. Of("token_losses", Measure.TokenLosses,
            [new("loss", "nats", NotNegative, "loss of one token", "at a fixed random index of one of 512 held-out sequences")]),
        .. Of(Results, null,
            new(InductionShare, "", Share, "share of completed runs with at least one induction head (Wilson interval)",
                "an induction head has a `prefix_matching` at or over the sweep's threshold and a `logit_attribution` > 0", "there are no heads, or they were not measured") { Heading = "induction\nheads in" },
            new(PrefixMatchingMax, "", Share, "largest prefix-matching score over heads",
                "the largest `prefix_matching` over heads", NoRepeat) { Heading = "prefix\nmatching", Source = new("heads", "prefix_matching"), Null = "heads that attend evenly" },
            new(IclScore, "nats", Any, "loss late in the context minus loss early; negative learns in context",
                "`icl_score` at the last step", TooShort) { Heading = "ICL score\n(nats)", Source = new("run", "icl_score") },
            new("icl_window", "nats", Any, "`icl_score` from means around both indices: less noisy", "`icl_window` at the last step", TooShort) { Source = new("run", "icl_window") },
            new(FinalLoss, "nats", NotNegative, "held-out loss per token",
                "`loss` at the last step", OneToken) { Heading = "final loss\n(nats)", Source = new("run", "loss") },
            new(TransitionStep, "steps", NotNegative, "median step at which prefix matching crosses the threshold (Kaplan-Meier)",
                "the first crossing of `prefix_matching_max`, between two snapshots, whatever the head does to the logits; runs that never crossed are censored", "half of the runs never crossed") { Heading = "transition\n(step)" },
            BestPair("k") with { Heading = "K excess\nbest pair" }, BestPair("q"), BestPair("v")),
        .. Of(Results, Measure.Superposition, // of W, or of a transformer's W_E
            AtTheEnd(FeaturesRepresented), AtTheEnd(DimensionsPerFeature), AtTheEnd(MeanDimensionality)),
    ];

    private static readonly ILookup<string, Metric> Sections = All.ToLookup(metric => metric.Section);
    private static readonly Dictionary<(string, string), Metric> ByName = All.ToDictionary(metric => (metric.Section, metric.Name));

    /// <summary>One metric, or null if there is none of that name.</summary>
    public static Metric? Find(string section, string name) => ByName.GetValueOrDefault((section, name));

    /// <summary>The metrics of a section, in the order of its columns.</summary>
    public static IEnumerable<Metric> Section(string section) => Sections[section];

    /// <summary>The columns of a section for the measures asked for; a sampled metric has its standard error beside it.</summary>
    public static IReadOnlyList<string> Columns(string section, IReadOnlyCollection<Measure> measures) =>
        [.. Sections[section].Where(metric => metric.Measure is not { } measure || measures.Contains(measure))
            .SelectMany(metric => metric.Sampled ? new[] { metric.Name, Metric.ErrorOf(metric.Name) } : [metric.Name])];

    private static IEnumerable<Metric> Of(string section, Measure? measure, params Metric[] metrics) =>
        metrics.Select(metric => metric with { Section = section, Measure = measure });

    private static Metric Excess(string kind) => new(
        $"{kind}_excess", "", Score, $"{kind.ToUpperInvariant()}-composition above that of random weights",
        $"`{kind}` minus 1/sqrt(d), the root mean square under random relative rotations", NormZero);

    private static Metric Z(string kind) => new(
        $"{kind}_z", "", Any, $"{kind.ToUpperInvariant()}-composition in standard deviations of random weights",
        $"(`{kind}`² - 1/d) / sd, sd² = 2 (Q_a/S_a² - 1/d)(Q_b/S_b² - 1/d) / ((d-1)(d+2)); S and Q are sums of first and second powers of squared singular values",
        "a norm is zero, or both spectra are flat over all of d");

    private static Metric Best(string kind) => new(
        $"{kind}_excess_max", "", Score, $"{kind.ToUpperInvariant()}-composition with the best earlier head above that of random weights",
        $"the largest `{kind}_excess` of the head as the later one", FirstLayer);

    private static Metric Partner(string kind) => new(
        $"{kind}_partner", "head", NotNegative, "the earlier head that reaches it", "its flat number l · H + h: a name, which has no mean", FirstLayer)
    { IsName = true };

    private static Metric EffectiveRank(string name, string factor) => new(
        $"{name}_effective_rank", "", NotNegative, $"dimensions of the {name} side in use",
        $"of {factor}, folded: exp of the entropy of the squared singular values as shares", FactorZero);

    private static Metric BestPair(string kind) => new(
        $"{kind}_composition_excess_max", "", Score, $"{kind.ToUpperInvariant()}-composition of the best pair of heads above that of random weights",
        $"the largest `{kind}_excess` over pairs", "no pair has one")
    { Source = new("pairs", $"{kind}_excess"), Null = "as many pairs with Gaussian weights" };

    private static Metric AtTheEnd(Metric measured) => measured with { Source = new("superposition", measured.Name) };
}
