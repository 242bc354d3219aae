using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A column of the result table: its heading and what it shows of a group.</summary>
internal sealed record ResultColumn(string Heading, Func<SweepGroup, string> Cell);

/// <summary>The columns of a sweep's result, for the terminal and for the report.</summary>
internal static class ResultColumns
{
    private static readonly ResultColumn[] Metrics =
    [
        new("runs\ncompleted", group => $"{group.Completed} of {group.Runs}" + (group.Failed > 0 ? $"\n{group.Failed} failed" : "")),
        new("induction\nheads in", group => group.InductionShare.Cell(group.Completed)),
        new("prefix\nmatching", group => group.PrefixMatchingMax.Cell(group.Completed)),
        new("ICL score\n(nats)", group => group.IclScore.Cell(group.Completed)),
        new("final loss\n(nats)", group => group.FinalLoss.Cell(group.Completed)),
        new("transition\n(step)", group => group.TransitionStep.Cell(group.Completed)),
        new("never\nreached", group => group.TransitionStep.N == 0 ? Format.Nothing : $"{group.TransitionStep.Censored} of {group.TransitionStep.N}"),
        new("K excess\nbest pair", group => group.KCompositionExcessMax.Cell(group.Completed)),
    ];

    /// <summary>What each column means.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Legend { get; } =
    [
        ("runs completed", "trained and measured to the end, of all runs (seeds) of the row"),
        ("induction heads in", "share of completed runs with at least one induction head (Wilson interval)"),
        ("prefix matching", "largest prefix-matching score over heads at the last step, 0 to 1 (t interval)"),
        ("ICL score", "loss late in the context minus loss early, nats; negative learns in context"),
        ("final loss", "held-out loss per token at the last step, nats (t interval)"),
        ("transition", "median step at which prefix matching crosses the threshold (Kaplan-Meier)"),
        ("never reached", "runs that never crossed it (censored), of those that count for the median"),
        ("K excess", "K-composition of the best pair of heads above that of random weights"),
    ];

    /// <summary>One column per axis of the grid, then the metrics.</summary>
    public static IReadOnlyList<ResultColumn> For(SweepResult result) => [.. Axes(result), .. Metrics];

    /// <summary>One column per axis of the grid.</summary>
    public static IEnumerable<ResultColumn> Axes(SweepResult result)
    {
        var axes = result.Groups.SelectMany(group => group.By.Keys).Distinct().ToList();
        return axes.Count == 0
            ? [new ResultColumn("", _ => "all runs")]
            : axes.Select(axis => new ResultColumn(axis.Replace(".", ".\n", StringComparison.Ordinal), group => Value(group, axis)));
    }

    private static string Value(SweepGroup group, string axis) => group.By.TryGetValue(axis, out var value) ? Format.Value(value) : Format.Nothing;
}
