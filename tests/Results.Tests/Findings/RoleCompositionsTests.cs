using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Findings;
using Orchestrator.Results.Runs;

namespace Orchestrator.Results.Tests.Findings;

public sealed class RoleCompositionsTests
{
    private static readonly ModelConfiguration Model = new() { Layers = 2, Heads = 2, DModel = 16, DHead = 8, NCtx = 8 };

    [Fact]
    public void Roles_meet_over_seeds_wherever_their_heads_stand()
    {
        // The same circuit at other numbers, and a third run in which the second layer has no induction head.
        var runs = new[] { Snapshot(previous: 0, induction: 2, 0.3), Snapshot(previous: 1, induction: 3, 0.2), Snapshot(previous: 0, induction: null, 0.1) }
            .Select(vector => RoleCompositions.Of(vector, 0.4)!).ToArray();

        var found = RoleCompositions.Summarize(runs)!;

        Assert.Equal(3, found.Runs);
        Assert.Equal([(0, "previous_token", 3), (0, "none", 3), (1, "induction", 2), (1, "none", 3)], found.Roles.Select(role => (role.Layer, role.Role, role.Runs)));
        Assert.Equal(2 - 2 / 3.0, found.Roles[3].Heads.Mean!.Value, 6); // 1, 1 and 2 heads
        var pair = found.Pairs.Single(pair => (pair.FromRole, pair.ToRole) == ("previous_token", "induction"));
        Assert.Equal((0, 1, 2), (pair.FromLayer, pair.ToLayer, pair.Runs));
        Assert.Equal((0.25, 2), (Math.Round(pair.K.Excess.Mean!.Value, 6), pair.K.Excess.N));
        Assert.Equal(0.5, pair.K.Above.Value); // 3 and 1.5 standard deviations
        Assert.Equal(0, pair.Q.Excess.N);      // nobody measured it
    }

    [Fact]
    public void A_role_of_several_heads_counts_once_a_run_with_the_mean_of_its_pairs()
    {
        var runs = new[] { Snapshot(previous: 0, induction: 2, 0.3) }.Select(vector => RoleCompositions.Of(vector, 0.05)!).ToArray(); // all heads are induction heads, but the first

        var pair = RoleCompositions.Summarize(runs)!.Pairs.Single(pair => pair is { FromRole: "induction", FromLayer: 0 });

        Assert.Equal((1, 1), (pair.Runs, pair.K.Excess.N));
        Assert.Equal(-0.01, pair.K.Excess.Mean!.Value, 6);
    }

    [Fact]
    public void Nothing_is_said_where_composition_was_not_measured()
    {
        Assert.Null(RoleCompositions.Of(MetricVector.Undefined(MetricLayout.For(Model, [Measure.Heads])), 0.4));
        Assert.Null(RoleCompositions.Of(MetricVector.Undefined(MetricLayout.For(Model with { Layers = 1 }, [Measure.Heads, Measure.Composition])), 0.4));
        Assert.Null(RoleCompositions.Summarize([]));
    }

    [Fact]
    public void Of_one_run_the_strongest_pairs_of_each_kind_are_given_in_the_order_of_their_heads()
    {
        var vector = Snapshot(previous: 1, induction: 2, 0.3);
        vector.Set("pairs", 0, "v_excess", 0.5);

        var pairs = RunCompositions.Strongest(vector, Model, most: 1);

        Assert.Equal([(0, 0, 1, 0), (0, 1, 1, 0)], pairs.Select(pair => (pair.FromLayer, pair.FromHead, pair.ToLayer, pair.ToHead)));
        Assert.Equal((0.5, 0.3, 3.0), (pairs[0].V.Excess, Math.Round(pairs[1].K.Excess!.Value, 6), Math.Round(pairs[1].K.Z!.Value, 6)));
        Assert.Null(pairs[0].V.Z);
        Assert.Equal(4, RunCompositions.Strongest(vector, Model, most: 50).Count);
    }

    /// <summary>A previous-token head of the first layer and, if any, an induction head of the second that reads it; every head is a little of an induction head.</summary>
    private static MetricVector Snapshot(int previous, int? induction, double excess)
    {
        var vector = MetricVector.Undefined(MetricLayout.For(Model, [Measure.Heads, Measure.Composition]));
        for (var head = 0; head < 4; head++)
        {
            vector.Set("heads", head, "prefix_matching", head == induction ? 0.8 : 0.1);
            vector.Set("heads", head, "ov_copying", head == previous ? -0.5 : 0.5);
            vector.Set("heads", head, "previous_token", head == previous ? 0.9 : 0.1);
        }
        foreach (var (row, pair) in MetricLayout.Pairs(2, 2).Index())
        {
            var composes = pair.From == previous && pair.To == induction;
            vector.Set("pairs", row, "k_excess", composes ? excess : -0.01);
            vector.Set("pairs", row, "k_z", composes ? 10 * excess - (excess < 0.3 ? 0.5 : 0) : 0);
        }
        return vector;
    }
}
