using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Storage.Facts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Tests.Facts;

/// <summary>Sweeps share runs: what one of them sees does not depend on what another had measured.</summary>
public sealed class SharedRunTests
{
    private static readonly RunConfiguration Run = new()
    {
        Model = new ModelConfiguration { Layers = 2, Heads = 1, DModel = 16, DHead = 16, NCtx = 8 },
        Data = new DataConfiguration { Vocab = 16, Parts = [new RepeatedSegments { Shortest = 2, Longest = 3 }] },
        Train = new TrainConfiguration { Steps = 10, Batch = 4 },
        Seed = 1,
    };

    [Fact]
    public void A_sweep_sees_its_own_measures_and_steps_of_a_run_that_another_had_measured_further()
    {
        RunPlan plan = new() { SnapshotSteps = [0, 10], Measures = [Measure.Heads] };
        Measure[] all = [Measure.Heads, Measure.Composition, Measure.Terms, Measure.Ablations];

        var before = Vectors.BySteps(Run, plan, [Fact(0, [Measure.Heads]), Fact(10, [Measure.Heads])]);
        var after = Vectors.BySteps(Run, plan, [Fact(0, [Measure.Heads]), Fact(0, all), Fact(5, all), Fact(10, [Measure.Heads]), Fact(10, all)]);

        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before, at => Assert.Equal(at.Value.Layout.Sections.SelectMany(s => s.Columns), after[at.Key].Layout.Sections.SelectMany(s => s.Columns)));
        Assert.All(before, at => Assert.Equal(at.Value.Values, after[at.Key].Values));
    }

    [Fact]
    public void Finals_hold_what_the_sweep_asked_for_alone()
    {
        Measure[] all = [Measure.Heads, Measure.Composition, Measure.Terms];
        FactRow[] facts = [Fact(0, all), Fact(10, all)];

        var few = RunFinalsReader.Read(Run, new() { SnapshotSteps = [0, 10], Measures = [Measure.Heads] }, facts);
        var many = RunFinalsReader.Read(Run, new() { SnapshotSteps = [0, 10], Measures = all }, facts);

        Assert.NotNull(few["prefix_matching_max"]);
        Assert.Equal((null, null, null), (few["k_composition_excess_max"], few["q_composition_excess_max"], few.Terms));
        Assert.NotNull(many["k_composition_excess_max"]);
        Assert.NotNull(many.Terms);
    }

    [Fact]
    public void Without_heads_that_have_a_score_there_is_no_count()
    {
        var undefined = MetricVector.Undefined(MetricLayout.For(Run.Model, [Measure.Heads]));
        var none = MetricVector.Undefined(MetricLayout.For(((ModelConfiguration)Run.Model) with { Layers = 0 }, [Measure.Heads]));

        Assert.Null(undefined.InductionHeads(0.4));
        Assert.Null(none.InductionHeads(0.4));
    }

    // Every value says its section, column and row, so that one in the wrong place is noticed.
    private static FactRow Fact(int step, Measure[] measures)
    {
        var vector = MetricVector.Undefined(MetricLayout.For(Run.Model, measures));
        foreach (var section in vector.Layout.Sections)
        {
            foreach (var (n, column) in section.Columns.Index())
            {
                for (var row = 0; row < section.Rows; row++)
                {
                    vector.Set(section.Name, row, column, section.Name.Length + column.Length + n + row * 0.25 + step);
                }
            }
        }
        return new FactRow("r", step, Versions.Metrics, measures, 1, "w", vector.ToBytes());
    }
}
