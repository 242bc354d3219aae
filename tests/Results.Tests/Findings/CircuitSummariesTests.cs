using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Findings;

namespace Orchestrator.Results.Tests.Findings;

public sealed class CircuitSummariesTests
{
    private static readonly RunCircuit Formed = new() { InductionLayer = 1, InductionHead = 0, IsInduction = true, PreviousLayer = 0, PreviousHead = 1, KZ = 4, PreviousIsStrongestK = true, InductionAfter = 100, InductionBy = 120, PreviousAfter = 60, PreviousBy = 80, FormedFirst = "previous_token" };

    [Fact]
    public void Runs_without_an_induction_head_or_a_layer_before_it_are_no_circuits()
    {
        Assert.Null(CircuitSummaries.Summarize([(Formed with { IsInduction = false }, null), (Formed with { PreviousLayer = null, PreviousHead = null }, null)]));

        var summary = CircuitSummaries.Summarize([(Formed, 0.5), (Formed with { KZ = 6, PreviousIsStrongestK = false, FormedFirst = "together", PreviousAfter = 100, PreviousBy = 120 }, null), (Formed with { IsInduction = false }, 1)])!;

        Assert.Equal((2, 1, 1, 0), (summary.Runs, summary.PreviousFirst, summary.Together, summary.InductionFirst));
        Assert.Equal((0.5, 2), (summary.PreviousIsStrongestK.Value, summary.PreviousIsStrongestK.N));
        Assert.Equal((5.0, 2), (summary.KZ.Mean, summary.KZ.N));
        Assert.Equal((20.0, 2), (summary.Lead.Mean, summary.Lead.N)); // 40 steps and none
        Assert.Equal((0.5, 1), (summary.RankCorrelation.Mean, summary.RankCorrelation.N));
    }

    [Fact]
    public void The_share_with_an_induction_head_falls_as_the_threshold_rises()
    {
        var model = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 16, DHead = 8, NCtx = 8 };
        int[] Counts(double first, double second)
        {
            var vector = MetricVector.Undefined(MetricLayout.For(model, [Measure.Heads]));
            foreach (var (head, score) in new[] { first, second }.Index())
            {
                vector.Set("heads", head, "prefix_matching", score);
                vector.Set("heads", head, "logit_attribution", 1);
            }
            return ThresholdCurve.Counts(vector)!;
        }

        var curve = ThresholdCurve.Of([Counts(0.9, 0.5), Counts(0.3, 0.1)]);

        Assert.Equal([0.05, 0.1, 0.15], curve.Take(3).Select(point => point.Threshold));
        Assert.Equal(1, curve.Single(point => point.Threshold == 0.25).Share.Value);
        Assert.Equal(0.5, curve.Single(point => point.Threshold == 0.4).Share.Value);
        Assert.Equal(1.0, curve.Single(point => point.Threshold == 0.4).Heads.Mean); // two heads and none
        Assert.Equal(0, curve[^1].Share.Value);
    }
}
