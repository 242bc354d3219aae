using System.Text.Json;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Findings;
using Orchestrator.Statistics.Transitions;

namespace Orchestrator.Results.Tests.Findings;

public sealed class GroupComparisonsTests
{
    [Fact]
    public void Runs_of_one_seed_are_paired_and_a_seed_that_one_group_lacks_is_left_out()
    {
        var comparisons = GroupComparisons.Of([Point(1), Point(2)], [[Run(0, 2.0), Run(1, 2.5), Run(2, 3.0), Run(3, 3.0)], [Run(1, 1.5), Run(0, 1.1), Run(3, 1.8), Run(9, 9)]]);

        var loss = comparisons.Single(comparison => comparison.Metric == MetricTable.FinalLoss);
        Assert.Equal((0, 1, "model.layers", 3), (loss.First, loss.Second, loss.Axis, loss.Difference!.N));
        Assert.Equal(-3.1 / 3, loss.Difference.Mean!.Value, 12);
        Assert.Equal(0.0072, loss.P!.Value, 4); // differences -1, -0.9, -1.2: t = -11.72 with two degrees of freedom, p = 1 - t / sqrt(2 + t^2)
    }

    [Fact]
    public void Fewer_than_three_pairs_make_no_claim()
    {
        Transition Crossed(int by) => new(by - 5, by - 10, by);
        var comparisons = GroupComparisons.Of([Point(1), Point(2)], [[Run(0, 2.0, Crossed(100)), Run(1, 2.5, Crossed(120))], [Run(1, 2.4, Crossed(200)), Run(0, 1.9001, Crossed(220))]]);

        Assert.Equal(2, comparisons.Count);
        Assert.All(comparisons, comparison => Assert.Equal((null, null), (comparison.P, comparison.AdjustedP)));
        Assert.Equal(2, comparisons.Single(comparison => comparison.Metric == MetricTable.FinalLoss).Difference!.N);
    }

    [Fact]
    public void A_difference_carries_the_luck_of_the_held_out_sequences_of_both_sides()
    {
        GroupComparisons.Run[] Group(double shift) => [.. Enumerable.Range(0, 5).Select(seed => Run((ulong)seed, 2 + 0.1 * seed + shift, error: 0.03))];

        var loss = GroupComparisons.Of([Point(1), Point(2)], [Group(0), Group(-0.1)]).Single();

        var half = 1.959963984540054 * 0.03 * Math.Sqrt(2); // every pair differs by the same
        Assert.Equal(-0.1 + half, loss.Difference!.High!.Value, 9);
        Assert.Equal(0.0184, loss.P!.Value, 4); // z = 0.1 / 0.0424 = 2.357
    }

    [Fact]
    public void Transitions_are_compared_by_their_times_with_those_that_never_came()
    {
        Transition Crossed(int by) => new(by - 5, by - 10, by);
        var early = Enumerable.Range(0, 8).Select(seed => Run((ulong)seed, 1, Crossed(100 + 10 * seed))).ToArray();
        var never = Enumerable.Range(0, 8).Select(seed => Run((ulong)seed, 1, new Transition(null, null, 300))).ToArray();

        var time = GroupComparisons.Of([Point(1), Point(2)], [early, never]).Single(comparison => comparison.Metric == MetricTable.TransitionStep);

        Assert.Null(time.Difference);
        Assert.True(time.P < 0.001);
        Assert.True(time.AdjustedP >= time.P);
        Assert.Equal((0.0, 16), (time.SecondEarlier!.Value, time.SecondEarlier.N)); // it never came there
    }

    [Fact]
    public void Only_groups_that_differ_in_one_axis_are_compared_and_of_many_only_neighbours()
    {
        var square = new[] { (1, 1), (1, 2), (2, 1), (2, 2) }.Select(at => Point(at.Item1, at.Item2)).ToArray();
        Assert.Equal([(0, 1), (0, 2), (1, 3), (2, 3)], Pairs(square));

        var line = Enumerable.Range(1, 20).Select(at => Point(at)).ToArray();
        Assert.Equal(19, Pairs(line).Length);
    }

    private static (int, int)[] Pairs(IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> points) =>
        [.. GroupComparisons.Of(points, [.. points.Select(_ => new[] { Run(0, 1), Run(1, 2), Run(2, 3) })]).Where(comparison => comparison.Metric == MetricTable.FinalLoss).Select(comparison => (comparison.First, comparison.Second))];

    private static Dictionary<string, JsonElement> Point(int layers, int heads = 1) => new() { ["model.layers"] = JsonSerializer.SerializeToElement(layers), ["model.heads"] = JsonSerializer.SerializeToElement(heads) };

    private static GroupComparisons.Run Run(ulong seed, double loss, Transition? transition = null, double? error = null)
    {
        var metrics = new Dictionary<string, double> { [MetricTable.FinalLoss] = loss };
        if (error is { } known)
        {
            metrics[Metric.ErrorOf(MetricTable.FinalLoss)] = known;
        }
        return new(seed, metrics, transition);
    }
}
