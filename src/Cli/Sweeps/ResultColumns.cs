using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A column of the result table: its heading, what it shows of a group, and how its meaning is told.</summary>
internal sealed record ResultColumn(string Heading, Func<SweepGroup, string> Cell, string Name = "", string Meaning = "");

/// <summary>The columns of a sweep's result, for the terminal and for the report.</summary>
internal static class ResultColumns
{
    private static readonly ResultColumn Runs = new(
        "runs\ncompleted", group => $"{group.Completed} of {group.Runs}" + (group.Failed > 0 ? $"\n{group.Failed} failed" : ""),
        "runs completed", "trained and measured to the end, of all runs (seeds) of the row");

    private static readonly ResultColumn[] Attention =
    [
        new("induction\nheads in", group => group.InductionShare.Cell(group.Completed), "induction heads in", "share of completed runs with at least one induction head (Wilson interval)"),
        new("prefix\nmatching", group => group.PrefixMatchingMax.Cell(group.Completed), "prefix matching", "largest prefix-matching score over heads at the last step, 0 to 1 (t interval)"),
        new("ICL score\n(nats)", group => group.IclScore.Cell(group.Completed), "ICL score", "loss late in the context minus loss early, nats; negative learns in context"),
        new("final loss\n(nats)", group => group.FinalLoss.Cell(group.Completed), "final loss", "held-out loss per token at the last step, nats (t interval)"),
        new("transition\n(step)", group => group.TransitionStep.Cell(group.Completed), "transition", "median step at which prefix matching crosses the threshold (Kaplan-Meier)"),
        new("never\nreached", group => group.TransitionStep.N == 0 ? Format.Nothing : $"{group.TransitionStep.Censored} of {group.TransitionStep.N}", "never reached", "runs that never crossed it (censored), of those that count for the median"),
        new("K excess\nbest pair", group => group.KCompositionExcessMax.Cell(group.Completed), "K excess", "K-composition of the best pair of heads above that of random weights"),
    ];

    private static readonly ResultColumn ToyLoss = new(
        "final loss\n(thousandths)", group => Thousandfold(group.FinalLoss).Cell(group.Completed), "final loss", "held-out weighted squared error per sample at the last step, in thousandths");

    private static readonly ResultColumn[] Superposition =
    [
        new("features\nrepresented", group => Cell(group.FeaturesRepresented, group), "represented", "features whose norm exceeds 1/2 (t interval); embeddings have no such scale"),
        new("dimensions\nper feature", group => Cell(group.DimensionsPerFeature, group), "per feature", "hidden dimensions over the squared norm of W; of transformers W_E"),
        new("mean\ndimensionality", group => Cell(group.MeanDimensionality, group), "dimensionality", "share of a dimension that a represented feature has for itself; 1/2 is a pair"),
    ];

    /// <summary>One column per axis of the grid, then the metrics that the sweep's kind of model has.</summary>
    public static IReadOnlyList<ResultColumn> For(SweepResult result) => [.. Axes(result), .. Metrics(result)];

    /// <summary>One column per axis of the grid.</summary>
    public static IEnumerable<ResultColumn> Axes(SweepResult result)
    {
        var axes = result.Groups.SelectMany(group => group.By.Keys).Distinct().ToList();
        return axes.Count == 0
            ? [new ResultColumn("", _ => "all runs")]
            : axes.Select(axis => new ResultColumn(axis.Replace(".", ".\n", StringComparison.Ordinal), group => Value(group, axis)));
    }

    /// <summary>The columns of metrics, each with its meaning.</summary>
    public static IReadOnlyList<ResultColumn> Metrics(SweepResult result)
    {
        var superposition = result.Groups.Any(group => group.FeaturesRepresented is not null);
        return [Runs, .. IsOfToys(result) ? [ToyLoss] : Attention, .. superposition ? Superposition : []];
    }

    /// <summary>Whether the sweep trained toy models: they alone have a norm from which a feature counts as represented.</summary>
    public static bool IsOfToys(SweepResult result) => result.Groups.Any(group => group.FeaturesRepresented is { N: > 0 });

    private static string Cell(MeanEstimate? estimate, SweepGroup group) => estimate is { N: > 0 } there ? there.Cell(group.Completed) : Format.Nothing;

    private static MeanEstimate Thousandfold(MeanEstimate e) => new(1000 * e.Mean, 1000 * e.Low, 1000 * e.High, e.N);

    private static string Value(SweepGroup group, string axis) => group.By.TryGetValue(axis, out var value) ? Format.Value(value) : Format.Nothing;
}
