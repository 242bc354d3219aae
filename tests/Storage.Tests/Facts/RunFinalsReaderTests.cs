using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Storage.Tests.Facts;

public sealed class RunFinalsReaderTests
{
    private static readonly RunConfiguration Run = new()
    {
        Model = new ModelConfiguration { Layers = 2, Heads = 1, DModel = 16, DHead = 16, NCtx = 8 },
        Data = new DataConfiguration { Vocab = 16, Parts = [new RepeatedSegments { Shortest = 2, Longest = 3 }] },
        Train = new TrainConfiguration { Steps = 20, Batch = 4 },
        Seed = 1,
    };

    private static readonly RunPlan Plan = new() { SnapshotSteps = [0, 10, 20], Measures = [Measure.Heads], HeadThreshold = 0.4 };

    [Theory]
    [InlineData(0.1, 1)]
    [InlineData(0.0, 0)]
    [InlineData(-0.1, 0)]
    public void The_transition_asks_for_prefix_matching_alone_and_an_induction_head_for_the_logit_too(double attribution, int heads)
    {
        var finals = RunFinalsReader.Read(Run, Plan, [Fact(0, 0.1, 0), Fact(10, 0.3, attribution), Fact(20, 0.5, attribution)]);

        Assert.Equal((10, 20, heads), (finals.TransitionAfter, finals.TransitionBy, finals.InductionHeads));
        Assert.Equal(15, finals.TransitionStep!.Value, 1e-4);
    }

    private static FactRow Fact(int step, double prefixMatching, double attribution)
    {
        var vector = MetricVector.Undefined(MetricLayout.For(Run.Model, [Measure.Heads]));
        vector.Set("heads", 0, "prefix_matching", 0.05);
        vector.Set("heads", 0, "logit_attribution", 1);
        vector.Set("heads", 1, "prefix_matching", prefixMatching);
        vector.Set("heads", 1, "logit_attribution", attribution);
        return new FactRow("r", step, Versions.Metrics, [Measure.Heads], 1, "w", vector.ToBytes());
    }
}
