using System.Text.Json;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class SweepTests
{
    [Fact]
    public void The_example_of_the_language_means_what_it_says()
    {
        var sweep = Sweeps.Valid(Sweeps.Example);

        Assert.Equal("induction-by-depth", sweep.Name);
        Assert.Equal(10, sweep.Count);
        Assert.Equal(2, sweep.GridPoints);
        Assert.Equal((1000, 4.0), (sweep.Budget!.Runs, sweep.Budget.DeviceHours));
        Assert.Equal(0.4, sweep.HeadThreshold);
        Assert.Equal([Measure.Heads, Measure.Composition, Measure.Terms, Measure.Ablations, Measure.InContextLearning], sweep.Measures);
        var run = sweep.RunAt(9);
        Assert.Equal(4UL, run.Seed);
        Assert.Equal(
            new ModelConfiguration { Layers = 2, Heads = 2, DModel = 64, DHead = 32, NCtx = 32, Positions = PositionKind.Shortformer, PositionScale = 2.0 },
            run.Model);
        Assert.Equal((32, true, 0UL), (Tokens(run).Vocab, Tokens(run).Bos, Tokens(run).Seed));
        Assert.Equal(
            [new RepeatedSegments { Weight = 0.6, Shortest = 8, Longest = 16 }, new Language { Weight = 0.4 }],
            Tokens(run).Parts);
        Assert.Equal((300, 32, 0.01, 1e-8, 20), (run.Train.Steps, run.Train.Batch, run.Train.Lr, run.Train.Eps, run.Train.Warmup));
        Assert.Equal([0.9, 0.99], run.Train.Betas);
        Assert.Equal(Enumerable.Range(0, 16).Select(k => 20 * k), sweep.PlanFor(run).SnapshotSteps);
    }

    [Fact]
    public void Seeds_are_the_outermost_axis_and_the_last_axis_moves_fastest()
    {
        var sweep = Sweeps.Valid(Sweeps.Least + "\nseeds: [7, 3]\ngrid: { train.lr: [0.1, 0.01], model.layers: [1, 2, 3] }");

        Assert.Equal(["model.layers", "train.lr"], sweep.Axes.Select(axis => axis.Path));
        Assert.Equal(12, sweep.Count);
        Assert.Equal(
            [
                (7UL, 1, 0.1), (7UL, 1, 0.01), (7UL, 2, 0.1), (7UL, 2, 0.01), (7UL, 3, 0.1), (7UL, 3, 0.01),
                (3UL, 1, 0.1), (3UL, 1, 0.01), (3UL, 2, 0.1), (3UL, 2, 0.01), (3UL, 3, 0.1), (3UL, 3, 0.01),
            ],
            Enumerable.Range(0, 12).Select(sweep.RunAt).Select(run => (run.Seed, Transformer(run).Layers, run.Train.Lr)));
    }

    [Fact]
    public void Further_seeds_append_runs_and_renumber_none()
    {
        var few = Sweeps.Valid(Sweeps.Example);
        var many = Sweeps.Valid(Sweeps.Example.Replace("0..4", "0..9", StringComparison.Ordinal));

        Assert.Equal(
            Enumerable.Range(0, (int)few.Count).Select(few.RunIdAt),
            Enumerable.Range(0, (int)few.Count).Select(many.RunIdAt));
    }

    [Fact]
    public void The_point_of_a_run_names_its_axis_values_as_JSON()
    {
        var sweep = Sweeps.Valid(Sweeps.Least + "\nseeds: 0..1\ngrid: { train.lr: [1.0e-1, 1.0e-2], train.betas: [[0.9, 0.95], [0.9, 0.99]] }");

        var point = sweep.PointAt(7);

        Assert.Equal("""{"train.betas":[0.9,0.99],"train.lr":0.01}""", JsonSerializer.Serialize(point));
        Assert.Equal(3, sweep.GridPointOf(7));
    }

    [Fact]
    public void What_is_not_said_takes_its_default()
    {
        var sweep = Sweeps.Valid(Sweeps.Least);

        Assert.Equal(1, sweep.Count);
        Assert.Empty(sweep.Axes);
        Assert.Empty(sweep.PointAt(0));
        Assert.Null(sweep.Budget);
        Assert.Equal(20, sweep.Snapshots.Log);
        var train = sweep.RunAt(0).Train;
        Assert.Equal(new TrainConfiguration { Steps = 300, Batch = 32, Betas = train.Betas }, train);
        Assert.Equal([0.9, 0.99], train.Betas);
        Assert.Equal(32, Transformer(sweep.RunAt(0)).DHead);
        Assert.Equal([new Language()], Tokens(sweep.RunAt(0)).Parts);
    }

    [Fact]
    public void A_required_setting_may_come_from_the_grid_alone()
    {
        var sweep = Sweeps.Valid(Sweeps.Least.Replace("layers: 2, ", "", StringComparison.Ordinal) + "\ngrid: { model.layers: [0, 1] }");

        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(i => Transformer(sweep.RunAt(i)).Layers));
    }

    [Fact]
    public void An_axis_reaches_into_the_parts_of_a_mixture()
    {
        var sweep = Sweeps.Valid(Sweeps.Example.Replace("{ model.layers: [1, 2] }", "{ data.parts.0.weight: [0.2, 0.9], data.parts.0.segment: [[4, 8], [8, 16]] }", StringComparison.Ordinal));

        Assert.Equal([(4, 0.2), (4, 0.9), (8, 0.2), (8, 0.9)], Enumerable.Range(0, 4).Select(i => (RepeatedSegments)Tokens(sweep.RunAt(i)).Parts[0]).Select(part => (part.Shortest, part.Weight)));
    }

    [Fact]
    public void A_head_width_that_is_given_need_not_divide()
    {
        var sweep = Sweeps.Valid(Sweeps.Least.Replace("d_model: 64", "d_model: 65, d_head: 7", StringComparison.Ordinal));

        Assert.Equal(7, Transformer(sweep.RunAt(0)).DHead);
    }

    [Theory]
    [InlineData("0..999999", 2_000_000)]
    [InlineData("[3, 5..6, 18446744073709551615]", 8)]
    [InlineData("5", 2)]
    public void Runs_are_counted_without_being_expanded(string seeds, long count)
    {
        var sweep = Sweeps.Valid(Sweeps.Example.Replace("0..4", seeds, StringComparison.Ordinal));

        Assert.Equal(count, sweep.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => sweep.RunAt((int)count));
        Assert.Throws<ArgumentOutOfRangeException>(() => sweep.RunAt(-1));
        Assert.Equal(2, Transformer(sweep.RunAt((int)count - 1)).Layers);
    }

    [Fact]
    public void The_same_tree_reads_the_same_from_YAML_and_from_JSON()
    {
        var json = SweepFile.Parse(Sweeps.Valid(Sweeps.Example).Document.ToJsonString(), "example.json");

        Assert.True(json.Succeeded, json.Message);
        Assert.Equal(Sweeps.Valid(Sweeps.Example).Id, json.Value.Sweep.Id);
    }

    private static ModelConfiguration Transformer(RunConfiguration run) => (ModelConfiguration)run.Model;

    private static DataConfiguration Tokens(RunConfiguration run) => (DataConfiguration)run.Data;
}
