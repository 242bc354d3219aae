using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.Findings;

namespace Orchestrator.Results.Tests.Findings;

public sealed class RunCircuitsTests
{
    private static readonly ModelConfiguration Model = new() { Layers = 2, Heads = 2, DModel = 16, DHead = 8, NCtx = 8 };
    private static readonly MetricLayout Layout = MetricLayout.For(Model, [Measure.Heads, Measure.Composition]);

    [Theory]
    [InlineData(10, 20, "previous_token")]
    [InlineData(20, 10, "induction")]
    [InlineData(10, 10, "together")]
    [InlineData(10, 99, "previous_token")]
    [InlineData(99, 10, "induction")]
    [InlineData(99, 99, null)]
    public void The_order_of_formation_is_told_as_far_as_the_snapshots_tell_it(int previousFrom, int inductionFrom, string? first)
    {
        var row = Row(step: 20, Snapshot(0, previousFrom, inductionFrom), Snapshot(10, previousFrom, inductionFrom), Snapshot(20, previousFrom, inductionFrom));

        Assert.Equal(first, row.FormedFirst);
        Assert.Equal(inductionFrom == 99 ? null : inductionFrom, row.InductionBy);
        Assert.Equal(previousFrom == 99 ? null : previousFrom, row.PreviousBy);
    }

    [Fact]
    public void The_induction_head_and_the_previous_token_head_before_it_are_found_with_what_they_compose()
    {
        var row = Row(step: 20, Snapshot(20, previousFrom: 0, inductionFrom: 0));

        Assert.Equal((1, 1), (row.InductionLayer, row.InductionHead));
        Assert.Equal((0, 1), (row.PreviousLayer, row.PreviousHead)); // not the head beside it, whose score is larger
        Assert.True(row.PreviousIsStrongestK);
        Assert.Equal(0.25, row.K!.Value, 6); // pair 0.1 to 1.1
    }

    [Fact]
    public void A_model_of_one_layer_has_no_head_before_its_induction_head()
    {
        var model = Model with { Layers = 1 };
        var vector = MetricVector.Undefined(MetricLayout.For(model, [Measure.Heads]));
        vector.Set("heads", 1, "prefix_matching", 0.9);

        var circuit = RunCircuits.At(model, new() { [0] = vector }, 0, 0.4)!;

        Assert.Equal((0, 1), (circuit.InductionLayer, circuit.InductionHead));
        Assert.True(circuit is { PreviousLayer: null, PreviousHead: null, PreviousToken: null, K: null, KZ: null, PreviousIsStrongestK: null, QkEigenScore: null });
    }

    private static RunCircuit Row(int step, params (int Step, MetricVector Vector)[] snapshots) =>
        RunCircuits.At(Model, new SortedDictionary<int, MetricVector>(snapshots.ToDictionary(s => s.Step, s => s.Vector)), step, 0.4)!;

    /// <summary>Heads 0.1 and 1.1 do it from a step on; 1.0 attends most to the token before, which is too late for 1.1.</summary>
    private static (int Step, MetricVector Vector) Snapshot(int step, int previousFrom, int inductionFrom)
    {
        var vector = MetricVector.Undefined(Layout);
        for (var head = 0; head < 4; head++)
        {
            vector.Set("heads", head, "prefix_matching", head == 3 ? step >= inductionFrom ? 0.8 : 0.3 : 0.1);
            vector.Set("heads", head, "previous_token", head == 2 ? 0.95 : head == 1 ? step >= previousFrom ? 0.9 : 0.3 : 0.05);
            vector.Set("heads", head, "k_partner", head < 2 ? double.NaN : 1);
        }
        var pairs = MetricLayout.Pairs(2, 2).ToArray();
        vector.Set("pairs", Array.IndexOf(pairs, (1, 3)), "k", 0.25);
        return (step, vector);
    }
}
