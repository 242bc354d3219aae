using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Tables;

namespace Orchestrator.Results.Tests;

public sealed class SnapshotRowsTests
{
    private static readonly TrainConfiguration Train = new() { Steps = 20, Batch = 2 };

    public static IReadOnlyList<RunConfiguration> Kinds { get; } =
    [
        new RunConfiguration
        {
            Model = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 8, DHead = 4, NCtx = 8 },
            Data = new DataConfiguration { Vocab = 8, Parts = [new RepeatedSegments { Shortest = 2, Longest = 4 }] },
            Train = Train,
            Seed = 0,
        },
        new RunConfiguration { Model = new ReluToy { Features = 5, Hidden = 2 }, Data = new SparseFeatures { Sparsity = 0.5 }, Train = Train, Seed = 0 },
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Everything_that_can_be_measured_of_a_snapshot_stands_in_a_table(int kind)
    {
        var run = Kinds[kind];
        var layout = MetricLayout.For(run.Model, [.. Enum.GetValues<Measure>()]);
        var vector = MetricVector.Undefined(layout);
        for (var i = 0; i < layout.Length; i++)
        {
            vector.Values[i] = 1 + i;
        }

        var there = TableRows.Stored.SelectMany(table => SnapshotRows.Of(table.Name, run, new() { [0] = vector }, 0.4).Select(row => (table.Columns, row.Values)))
            .SelectMany(row =>
            {
                Assert.Equal(row.Columns.Count - 4, row.Values.Length); // after the run's number, its sweep, itself and the step
                return row.Values;
            })
            .SelectMany(value => value is double[] list ? list : value is double number ? [number] : [])
            .ToHashSet();

        Assert.NotEmpty(there);
        foreach (var section in layout.Sections)
        {
            var missing = Enumerable.Range(section.Offset, section.Length).Where(i => !there.Contains(1 + i)).ToArray();
            Assert.True(missing.Length == 0, $"{missing.Length} of {section.Length} values of '{section.Name}' stand in no table");
        }
    }

    [Fact]
    public void Matrices_have_the_names_of_the_field()
    {
        foreach (var run in Kinds)
        {
            var vector = MetricVector.Undefined(MetricLayout.For(run.Model, [Measure.Superposition]));
            Assert.Equal(run.Model is ReluToy ? ["W"] : ["W_E", "W_U"], SnapshotRows.Of("superposition", run, new() { [0] = vector }, 0.4).Select(row => (string?)row.Values[0]));
        }
    }
}
