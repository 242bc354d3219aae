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
        var comparisons = GroupComparisons.Of([Point(1), Point(2)], [[Run(0, 2.0), Run(1, 2.5), Run(2, 3.0)], [Run(1, 1.5), Run(0, 1.1), Run(9, 9)]]);

        var loss = comparisons.Single(comparison => comparison.Metric == MetricTable.FinalLoss);
        Assert.Equal((0, 1, "model.layers", 2), (loss.First, loss.Second, loss.Axis, loss.Difference!.N));
        Assert.Equal(-0.95, loss.Difference.Mean!.Value, 12);
        Assert.Equal(0.0334, loss.P!.Value, 3); // t = -0.95 / (0.0707 / sqrt 2) with one degree of freedom: 2 atan(1 / 19) / pi
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
        [.. GroupComparisons.Of(points, [.. points.Select(_ => new[] { Run(0, 1), Run(1, 2) })]).Where(comparison => comparison.Metric == MetricTable.FinalLoss).Select(comparison => (comparison.First, comparison.Second))];

    private static Dictionary<string, JsonElement> Point(int layers, int heads = 1) => new() { ["model.layers"] = JsonSerializer.SerializeToElement(layers), ["model.heads"] = JsonSerializer.SerializeToElement(heads) };

    private static GroupComparisons.Run Run(ulong seed, double loss, Transition? transition = null) => new(seed, new Dictionary<string, double> { [MetricTable.FinalLoss] = loss }, transition);
}
