using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Models;

namespace Orchestrator.Grains.Tests.Models;

public sealed class ReportRulesTests
{
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void A_report_of_several_snapshots_and_checkpoints_is_believed() =>
        Assert.Null(Flaw([Snapshot(0), Snapshot(10), Snapshot(20)], new StoredCheckpoint(10, Hash), new StoredCheckpoint(20, Hash)));

    [Fact]
    public void An_empty_report_is_believed() => Assert.Null(Flaw([]));

    [Theory]
    [InlineData(10, 10)]
    [InlineData(20, 10)]
    public void One_step_stands_once_and_in_its_order(int first, int second) =>
        Assert.Contains("not in the order", Flaw([Snapshot(first), Snapshot(second)]), StringComparison.Ordinal);

    [Theory]
    [InlineData(-1)]
    [InlineData(21)]
    public void A_step_that_the_run_does_not_have_is_refused_wherever_it_stands(int step)
    {
        Assert.Contains($"step {step} is outside", Flaw([Snapshot(0), Snapshot(step)]), StringComparison.Ordinal);
        Assert.Contains($"step {step} is outside", Flaw([], new StoredCheckpoint(step, Hash)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_name_of_an_artifact_is_refused()
    {
        Assert.Contains("not the name of an artifact", Flaw([Snapshot(0) with { WeightsHash = "../../etc/passwd" }]), StringComparison.Ordinal);
        Assert.Contains("not the name of an artifact", Flaw([], new StoredCheckpoint(3, Hash.ToUpperInvariant())), StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_of_another_version_or_length_are_refused()
    {
        Assert.Contains("of version 999", Flaw([Snapshot(0) with { MetricVersion = 999 }]), StringComparison.Ordinal);
        Assert.Contains("its metrics are 3 bytes", Flaw([Snapshot(0) with { Metrics = [1, 2, 3] }]), StringComparison.Ordinal);
        Assert.Null(Flaw([Snapshot(0) with { MetricVersion = 999, Metrics = [] }])); // nothing was measured
    }

    private static string? Flaw(IReadOnlyList<MeasuredSnapshot> snapshots, params StoredCheckpoint[] checkpoints) =>
        ReportRules.Flaw(new RunReport("w#1", new RunAttempt("run", 1), snapshots, checkpoints, null, "run"), Run);

    private static MeasuredSnapshot Snapshot(int step) =>
        new(step, Versions.Metrics, [Measure.Heads], MetricVector.Undefined(MetricLayout.For(Run.Model, [Measure.Heads])).ToBytes(), Hash);

    private static RunConfiguration Run { get; } = new()
    {
        Model = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 8, DHead = 4, NCtx = 8 },
        Data = new DataConfiguration { Vocab = 8, Parts = [new RepeatedSegments { Shortest = 2, Longest = 4 }] },
        Train = new TrainConfiguration { Steps = 20, Batch = 2 },
        Seed = 0,
    };
}
