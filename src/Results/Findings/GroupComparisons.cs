using System.Text.Json;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Sweeps;
using Orchestrator.Statistics.Comparisons;
using Orchestrator.Statistics.Survival;
using Orchestrator.Statistics.Transitions;

namespace Orchestrator.Results.Findings;

/// <summary>Groups against each other, paired by seed.</summary>
internal static class GroupComparisons
{
    private const int MostGroupsForAllPairs = 8;
    private static readonly string[] Metrics = [MetricTable.PrefixMatchingMax, MetricTable.IclScore, MetricTable.FinalLoss];

    /// <summary>What is compared of one run.</summary>
    public sealed record Run(ulong Seed, IReadOnlyDictionary<string, double> Metrics, Transition? Transition);

    /// <summary>
    /// Every two groups that differ in one axis; where there are many, neighbours along it. p-values are adjusted over all of them.
    /// </summary>
    public static IReadOnlyList<GroupComparison> Of(IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> points, IReadOnlyList<IReadOnlyList<Run>> groups)
    {
        var seeds = groups.Select(group => group.ToDictionary(run => run.Seed)).ToArray();
        return Adjusted([.. Pairs(points).SelectMany(pair => Compare(pair, seeds[pair.First], groups[pair.Second]))]);
    }

    /// <summary>Two groups, whatever axes they differ in. p-values are adjusted over what is compared of these two.</summary>
    public static IReadOnlyList<GroupComparison> Between((int Number, IReadOnlyList<Run> Runs) first, (int Number, IReadOnlyList<Run> Runs) second, string axes) =>
        Adjusted([.. Compare((first.Number, second.Number, axes), first.Runs.ToDictionary(run => run.Seed), second.Runs)]);

    private static IReadOnlyList<GroupComparison> Adjusted(IReadOnlyList<GroupComparison> all)
    {
        var tested = all.Where(comparison => comparison.P is not null).ToArray();
        var adjusted = tested.Zip(BenjaminiHochberg.Adjust([.. tested.Select(comparison => comparison.P!.Value)])).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. all.Select(comparison => adjusted.TryGetValue(comparison, out var p) ? comparison with { AdjustedP = p } : comparison)];
    }

    private static IEnumerable<GroupComparison> Compare((int First, int Second, string Axis) pair, Dictionary<ulong, Run> first, IReadOnlyList<Run> second)
    {
        foreach (var metric in Metrics)
        {
            (Run One, Run Two)[] pairs =
            [
                .. second.Where(run => first.ContainsKey(run.Seed)).Select(run => (One: first[run.Seed], Two: run))
                    .Where(both => Value(both.One, metric) is not null && Value(both.Two, metric) is not null),
            ];
            if (pairs.Length > 0)
            {
                // What the held-out sequences do to both sides is taken for independent: groups can have other data, and rather too wide than too narrow.
                var (difference, p) = PairedDifferences.Test(
                    pairs.Select(pair => Value(pair.Two, metric)!.Value - Value(pair.One, metric)!.Value),
                    pairs.Select(pair => Together(Error(pair.One, metric), Error(pair.Two, metric))).Defined());
                yield return new GroupComparison(pair.First, pair.Second, pair.Axis, metric, difference, p, null);
            }
        }
        if (LogRank.Test(Times(first.Values), Times(second)) is { } test)
        {
            var few = Math.Min(Times(first.Values).Count(), Times(second).Count()) < GroupComparison.FewestPairs;
            yield return new GroupComparison(pair.First, pair.Second, pair.Axis, MetricTable.TransitionStep, null, few ? null : test.P, null) { SecondEarlier = Precedence.Estimate(Ends(second), Ends(first.Values)) };
        }
    }

    private static double? Value(Run run, string metric) => run.Metrics.TryGetValue(metric, out var value) ? value : null;

    private static double? Error(Run run, string metric) => Value(run, Metric.ErrorOf(metric));

    private static double? Together(double? one, double? two) => one is null && two is null ? null : Math.Sqrt((one ?? 0) * (one ?? 0) + (two ?? 0) * (two ?? 0));

    private static IEnumerable<Observation> Times(IEnumerable<Run> runs) => runs.Select(run => run.Transition).OfType<Transition>().Select(transition => transition.ToObservation());

    /// <summary>The same with runs that never crossed after all others.</summary>
    private static IEnumerable<double> Ends(IEnumerable<Run> runs) => Times(runs).Select(observation => observation.Observed ? observation.Time : double.MaxValue);

    private static IEnumerable<(int First, int Second, string Axis)> Pairs(IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> points)
    {
        for (var first = 0; first < points.Count; first++)
        {
            var found = new HashSet<string>();
            for (var second = first + 1; second < points.Count; second++)
            {
                if (OnlyDifference(points[first], points[second]) is { } axis && (found.Add(axis) || points.Count <= MostGroupsForAllPairs))
                {
                    yield return (first, second, axis);
                }
            }
        }
    }

    /// <summary>The axes in which two groups differ.</summary>
    public static IEnumerable<string> Differing(IReadOnlyDictionary<string, JsonElement> one, IReadOnlyDictionary<string, JsonElement> other) =>
        one.Keys.Where(axis => other.TryGetValue(axis, out var value) && value.GetRawText() != one[axis].GetRawText());

    private static string? OnlyDifference(IReadOnlyDictionary<string, JsonElement> one, IReadOnlyDictionary<string, JsonElement> other) =>
        Differing(one, other).Take(2).ToArray() is [var only] ? only : null;
}
