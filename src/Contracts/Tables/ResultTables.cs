using Orchestrator.Contracts.Metrics;
using static Orchestrator.Contracts.Tables.ColumnKind;

namespace Orchestrator.Contracts.Tables;

/// <summary>The result tables. What <see cref="MetricTable"/> says of a metric is its column here; metrics that a run was not measured on are null.</summary>
public static class ResultTables
{
    private static readonly ResultColumn Sweep = new("sweep", Text, "", "the sweep's id");
    private static readonly ResultColumn Run = new("run", Text, "", "the run's id; sweeps can share runs");
    private static readonly ResultColumn Step = new("step", Integer, "steps", "the snapshot's step");

    /// <summary>What a completed run came to, read from its last snapshot: a part of <see cref="Runs"/>.</summary>
    public static IReadOnlyList<ResultColumn> Finals { get; } = [.. MetricTable.Section(MetricTable.Results).Where(metric => metric.Source is not null).SelectMany(Columns)];

    /// <summary>One row per run of a sweep. The values of its configuration follow in columns of their own, such as <c>model_layers</c>.</summary>
    public static ResultTable Runs { get; } = new("runs", "one row per run of a sweep; the values of its configuration stand in columns such as model_layers and train_lr",
    [
        Sweep, new("sweep_name", Text, "", "the sweep's name"), Run, new("run_index", Integer, "", "the run's number in the sweep"),
        new("state", Text, "", "where it stands: pending, training, completed, failed, …"), new("reason", Text, "", "why it ended, if it did not complete"),
        new("seed", Natural, "", "moves initial weights and sample order"), new("attempts", Integer, "", "how often it was handed out"),
        new("worker", Text, "", "who held it last"), new("cpu_kernels", Text, "", "CPU kernels of the newest attempt"),
        new("device", Text, "", "where it was trained, such as cuda:0"), new("pack_models", Integer, "models", "how many models were trained together there"),
        new("started", Time, "", "first claim"), new("ended", Time, "", "when it ended"), new("device_seconds", Real, "s", "device time over all attempts"),
        Step with { Name = "last_step", Meaning = "the newest stored snapshot's step" }, new("weights_hash", Text, "", "SHA-256 of that snapshot's weights"),
        .. Finals,
        new("induction_heads", Integer, "", "heads at or over the sweep's threshold that raise the correct next token's logit, at the last step; null without heads"),
        new("transition_step", Real, "steps", "step at which the largest prefix matching first crosses the threshold, between two snapshots, whatever the head does to the logits; null if it never did"),
        new("transition_after", Integer, "steps", "the last snapshot before the crossing"), new("transition_by", Integer, "steps", "the first snapshot after it, or the last of all"),
        new("transition_censored", ColumnKind.Boolean, "", "whether the crossing was never reached"),
        new("icl_transition_step", Real, "steps", "midpoint of the change of the in-context-learning score"),
    ]);

    /// <summary>One row per run, step and head.</summary>
    public static ResultTable Heads { get; } = new("heads", "one row per run, snapshot and head",
    [
        Sweep, Run, Step, new("layer", Integer, "", "the head's layer, from 0"), new("head", Integer, "", "its number there; it means nothing between seeds"),
        new("role", Text, "", "first that holds: induction, previous_token, duplicate_token, copying, none"),
        .. MetricTable.Section("heads").SelectMany(Columns),
    ]);

    /// <summary>One row per run, step and pair of heads.</summary>
    public static ResultTable Pairs { get; } = new("pairs", "one row per run, snapshot and pair of an earlier and a later head",
    [
        Sweep, Run, Step, new("from_layer", Integer, "", "layer of the earlier head"), new("from_head", Integer, "", "its number there"),
        new("to_layer", Integer, "", "layer of the later head"), new("to_head", Integer, "", "its number there"),
        .. MetricTable.Section("pairs").SelectMany(Columns),
    ]);

    /// <summary>One row per run and step.</summary>
    public static ResultTable Curves { get; } = new("curves", "one row per run and snapshot",
    [
        Sweep, Run, Step, .. MetricTable.Section("run").SelectMany(Columns),
        new("index_losses", Reals, "nats", "held-out loss by context index; the first entry is of the token at index 1"),
        new(Metric.ErrorOf("index_losses"), Reals, "nats", "standard errors of index_losses from the choice of sequences"),
        new("token_losses", Reals, "nats", "loss of one token of each of 512 held-out sequences, the same of all models on one kind of data (measure token-losses)"),
    ]);

    /// <summary>One row per run, step and path order.</summary>
    public static ResultTable Terms { get; } = new("terms", "one row per run, snapshot and path order",
    [
        Sweep, Run, Step, new("term_order", Integer, "", "paths through at most so many heads"),
        .. MetricTable.Section("terms").SelectMany(Columns),
        new("marginal", Real, "nats", "by how much this order lowers the loss; positive helps"),
    ]);

    /// <summary>One row per run, step and layer.</summary>
    public static ResultTable LayerTerms { get; } = new("layer_terms", "one row per run, snapshot and layer: the direct path with the single heads of that layer",
    [
        Sweep, Run, Step, new("layer", Integer, "", "the layer, from 0"), .. MetricTable.Section("layer_terms").SelectMany(Columns),
    ]);

    /// <summary>One row per run, step and matrix whose columns are taken as features.</summary>
    public static ResultTable Superposition { get; } = new("superposition", "one row per run, snapshot and matrix: how its features share dimensions (measure superposition)",
    [
        Sweep, Run, Step, new("matrix", Text, "", "W of a toy model; W_E by token and W_U by token of a transformer"), .. MetricTable.Section("superposition").SelectMany(Columns),
    ]);

    /// <summary>One row per run, step and feature of a toy model.</summary>
    public static ResultTable Features { get; } = new("features", "one row per run, snapshot and feature of a toy model (measure superposition)",
    [
        Sweep, Run, Step, new("feature", Integer, "", "the feature, from 0: the most important first"), .. MetricTable.Section("features").SelectMany(Columns),
    ]);

    /// <summary>One row per run and step of a model with heads.</summary>
    public static ResultTable Circuits { get; } = new("circuits", "one row per run and snapshot: the strongest induction head, and the previous-token head before it",
    [
        Sweep, Run, Step,
        new("induction_layer", Integer, "", "layer of the head with the largest prefix_matching"), new("induction_head", Integer, "", "its number there"),
        new("prefix_matching", Real, "", "its score"), new("ov_copying", Real, "", "eigen-score of its OV circuit"), new("is_induction", ColumnKind.Boolean, "", "whether its role is induction"),
        new("previous_layer", Integer, "", "layer of the earlier head with the largest previous_token"), new("previous_head", Integer, "", "its number there"),
        new("previous_token", Real, "", "its score"), new("k", Real, "", "K-composition of the two"), new("k_excess", Real, "", "the same above random weights"),
        new("k_z", Real, "", "the same in standard deviations of random weights"),
        new("previous_is_strongest_k", ColumnKind.Boolean, "", "whether no other head K-composes more with the induction head"),
        new("qk_eigen_score", Real, "", "eigen-score of the QK circuit of the two"),
        new("induction_after", Integer, "steps", "the last snapshot before the induction head passes the threshold"),
        new("induction_by", Integer, "steps", "the first snapshot at which it has; null if it never does"),
        new("previous_after", Integer, "steps", "the same of the previous-token head"), new("previous_by", Integer, "steps", "the same of the previous-token head"),
        new("formed_first", Text, "", "previous_token, induction, or together (between the same two snapshots); null if neither formed"),
    ]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ResultTable> All { get; } = [Runs, Heads, Pairs, Curves, Terms, LayerTerms, Circuits, Superposition, Features];

    private static IEnumerable<ResultColumn> Columns(Metric metric)
    {
        yield return new(metric.Name, Real, metric.Unit, metric.Meaning);
        if (metric.Sampled || metric.Source is { } source && MetricTable.Find(source.Section, source.Column)?.Sampled == true)
        {
            yield return new(Metric.ErrorOf(metric.Name), Real, metric.Unit, metric.ErrorMeaning);
        }
    }
}
