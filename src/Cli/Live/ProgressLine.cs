using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Live;

/// <summary>The words of both views.</summary>
internal static class ProgressLine
{
    private const int Longest = 119;

    /// <summary>A whole sweep on one line of a log.</summary>
    /// <param name="progress">How far it is.</param>
    /// <param name="columns">How wide whoever shows the log is, or null if nobody said.</param>
    public static string Of(SweepProgress progress, int? columns = null) => Fit(
        $"{Format.State(progress.Sweep.State)}: {progress.Groups.Sum(group => group.StepsDone)}/{progress.Groups.Sum(group => group.StepsTotal)} steps, {Rate(progress)}",
        Math.Min(Longest, columns ?? Longest));

    /// <summary>A text that takes one line of so many columns.</summary>
    public static string Fit(string text, int columns) => text.Length <= columns ? text : text[..Math.Max(0, columns - 1)] + "…";

    /// <summary>Speed and time left.</summary>
    public static string Rate(SweepProgress progress)
    {
        var runs = progress.Sweep.Runs;
        var parts = new List<string> { $"{runs.Completed}/{runs.Total} runs" };
        if (runs.Failed > 0)
        {
            parts.Add($"{runs.Failed} failed");
        }
        if (progress.StepsPerSecond > 0)
        {
            parts.Add(progress.StepsPerSecond.ToString("#,0", CultureInfo.InvariantCulture) + " steps/s");
        }
        if (progress.SecondsLeft is { } left && progress.Sweep.State == SweepState.Running)
        {
            parts.Add($"{Format.Duration(left)} left");
        }
        if (progress.Sweep.Waiting is { } waiting)
        {
            parts.Add(waiting);
        }
        return string.Join(", ", parts);
    }

    public static string Runs(GroupProgress group) =>
        $"{group.Completed}/{group.Runs} runs" + (group.Failed > 0 ? $", {group.Failed} failed" : "");
}
