using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Reports.Text;

/// <summary>A column of the result table: its heading, what it shows of a group, and how its meaning is told.</summary>
public sealed record ResultColumn(string Heading, Func<SweepGroup, string> Cell, string Name = "", string Meaning = "");

/// <summary>The columns of a sweep's result, for the terminal and for the report.</summary>
public static class ResultColumns
{
    private static readonly ResultColumn Runs = new(
        "runs\ncompleted", group => $"{group.Completed} of {group.Runs}" + (group.Failed > 0 ? $"\n{group.Failed} failed" : ""),
        "runs completed", "trained and measured to the end, of all runs (seeds) of the row");

    private static readonly ResultColumn NeverReached = new(
        "never\nreached", group => group.TransitionStep() is { N: > 0 } step ? $"{step.Censored} of {step.N}" : Format.Nothing,
        "never reached", "runs that never crossed it (censored), of those that count for the median");

    private static readonly ResultColumn ToyLoss = new(
        "final loss\n(thousandths)", group => Thousandfold(group.Mean(MetricTable.FinalLoss)).Cell(group.Completed), "final loss", "held-out weighted squared error per sample, in thousandths");

    /// <summary>One column per axis of the grid, then the metrics that the sweep's kind of model has.</summary>
    public static IReadOnlyList<ResultColumn> For(SweepResult result) => [.. Axes(result), .. Metrics(result)];

    /// <summary>One column per axis of the grid.</summary>
    public static IEnumerable<ResultColumn> Axes(SweepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var names = new AxisNames(result.Groups.Select(group => group.By));
        return names.Axes.Count == 0
            ? [new ResultColumn("", _ => "all runs")]
            : names.Axes.Select(axis => new ResultColumn(names.Of(axis).Replace(".", ".\n", StringComparison.Ordinal), group => Value(group, axis)));
    }

    /// <summary>The columns of metrics, each with its meaning.</summary>
    public static IReadOnlyList<ResultColumn> Metrics(SweepResult result)
    {
        var toys = IsOfToys(result);
        var shown = MetricTable.Section(MetricTable.Results).Where(metric => metric.Heading is not null
            && (!toys || metric.Measure == Measure.Superposition) && result.Groups.Any(group => group.Metrics.ContainsKey(metric.Name)));
        return [Runs, .. toys ? [ToyLoss] : Array.Empty<ResultColumn>(), .. shown.SelectMany(Columns)];
    }

    /// <summary>Whether the sweep trained toy models: they alone have a norm from which a feature counts as represented.</summary>
    public static bool IsOfToys(SweepResult result) => result.Groups.Any(group => group.Mean("features_represented").N > 0);

    private static IEnumerable<ResultColumn> Columns(Metric metric) => metric.Name switch
    {
        MetricTable.InductionShare => [new(metric.Heading!, group => group.InductionShare().Cell(group.Completed), metric.Label, metric.Meaning)],
        MetricTable.TransitionStep => [new(metric.Heading!, group => group.TransitionStep().Cell(group.Completed), metric.Label, metric.Meaning), NeverReached],
        var name => [new(metric.Heading!, group => group.Mean(name).Cell(group.Completed) + Null(group.Null(name)), metric.Label, metric.Legend + (metric.Null.Length == 0 ? "" : $"; null: {metric.Null}"))],
    };

    private static string Null(LargestNull? chance) => chance is null ? "" : $"\nnull {Format.Score(chance.Mean)}";

    /// <summary>The losses of toy models are given in thousandths, in the table, in sentences and in plots.</summary>
    internal const string ToyUnit = "thousandths of weighted squared error per held-out sample";

    /// <summary>A mean in thousandths.</summary>
    internal static MeanEstimate Thousandfold(MeanEstimate e) => new(1000 * e.Mean, 1000 * e.Low, 1000 * e.High, e.N);

    private static string Value(SweepGroup group, string axis) => group.By.TryGetValue(axis, out var value) ? Format.Value(value) : Format.Nothing;
}
