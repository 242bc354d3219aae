using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class ReluToyTests
{
    private const string Toy = """
        name: toy
        model: { kind: relu-toy, features: 20, hidden: 5, importance: 0.7 }
        data: { kind: sparse-features, sparsity: 0.9 }
        train: { steps: 100, batch: 64 }
        """;

    [Fact]
    public void A_toy_model_is_read_with_its_defaults_and_measures_superposition()
    {
        var sweep = Sweeps.Valid(Toy);

        var run = sweep.RunAt(0);
        Assert.Equal(new ReluToy { Features = 20, Hidden = 5, Relu = true, Importance = 0.7 }, run.Model);
        Assert.Equal(new SparseFeatures { Sparsity = 0.9 }, run.Data);
        Assert.Equal([Measure.Superposition], sweep.Measures);
        Assert.Equal(run, JsonSerializer.Deserialize<RunConfiguration>(JsonSerializer.Serialize(run, Json.Options), Json.Options)! with { Train = run.Train });
    }

    [Fact]
    public void Ids_are_what_they_were_when_this_was_written()
    {
        // Golden: an id that changes orphans every stored result.
        Assert.Equal("m47uh4sbeaoktpes2rrse2pfxh", Sweeps.Valid(Toy).RunIdAt(0));
        Assert.Equal("x3t2icpp673vv", Sweeps.Valid(Toy).Id);
    }

    [Theory]
    [InlineData("features: 20", "features: 21")]
    [InlineData("hidden: 5", "hidden: 6")]
    [InlineData("importance: 0.7", "importance: 0.8")]
    [InlineData("importance: 0.7", "importance: 0.7, relu: false")]
    [InlineData("sparsity: 0.9", "sparsity: 0.8")]
    [InlineData("sparsity: 0.9", "sparsity: 0.9, seed: 1")]
    public void A_run_id_depends_on(string written, string instead) =>
        Assert.NotEqual(Sweeps.Valid(Toy).RunIdAt(0), Sweeps.Valid(Toy.Replace(written, instead, StringComparison.Ordinal)).RunIdAt(0));

    [Fact]
    public void Every_setting_of_a_toy_can_be_an_axis_and_the_canonical_document_reads_back()
    {
        var sweep = Sweeps.Valid(Toy + "\nseeds: 0..1\ngrid: { data.sparsity: [0, 0.9], model.relu: [true, false], model.features: [6, 20], model.hidden: [2, 5], model.importance: [1, 0.7], data.seed: [0, 1], train.init.scale: [1, 2] }");

        Assert.Equal(256, sweep.Count);
        Assert.Equal(256, Enumerable.Range(0, 256).Select(sweep.RunIdAt).Distinct().Count());
        var again = Sweeps.Valid(sweep.Document);
        Assert.Equal((sweep.Id, sweep.RunIdAt(200)), (again.Id, again.RunIdAt(200)));
        Assert.Equal(sweep.Document.ToJsonString(), again.Document.ToJsonString());
    }

    [Fact]
    public void The_default_kind_may_be_written_and_changes_no_id()
    {
        var written = Sweeps.Valid(Sweeps.Example.Replace("model:\n", "model:\n  kind: attention-only\n", StringComparison.Ordinal));

        Assert.Equal((Sweeps.Valid(Sweeps.Example).Id, Sweeps.Valid(Sweeps.Example).RunIdAt(3)), (written.Id, written.RunIdAt(3)));
        Assert.Equal(Measures.ByDefault(written.RunAt(0).Model), Sweeps.Valid(Sweeps.Least).Measures);
        Assert.DoesNotContain(Measure.Superposition, Sweeps.Valid(Sweeps.Least).Measures);
    }

    [Theory]
    [InlineData("hidden: 5", "hidden: 5, heads: 2", "model.heads (line 2): a relu-toy model has no attention; remove it, or leave kind out for a transformer")]
    [InlineData("hidden: 5", "hiden: 5, hidden: 5", "model.hiden (line 2): unknown key; did you mean 'hidden'?")]
    [InlineData("hidden: 5, ", "", "model.hidden (line 2): is required and missing; write a whole number from 1 to 16384")]
    [InlineData("importance: 0.7", "importance: 1.5", "model.importance (line 2): 1.5 is out of bounds; write a number above 0 and up to 1")]
    [InlineData("kind: sparse-features, sparsity: 0.9", "kind: language, vocab: 32", "data.kind (line 3): a relu-toy model reads feature vectors, and this is a kind of sequences; write data: { kind: sparse-features, sparsity: 0.9 }")]
    [InlineData("sparsity: 0.9", "sparsity: 1", "data.sparsity (line 3): 1 is out of bounds; write a number from 0 to below 1")]
    [InlineData(", sparsity: 0.9", "", "data.sparsity (line 3): is required and missing; write the probability that a feature is 0, such as 0.9")]
    [InlineData("sparsity: 0.9", "sparsity: 0.9, vocab: 32", "data.vocab (line 3): unknown key; known here: kind, sparsity, seed")]
    [InlineData("batch: 64", "batch: 64, init: { embed: 0.1 }", "train.init.embed (line 4): a relu-toy model has no embedding; remove it; scale moves the initial W")]
    [InlineData("batch: 64", "batch: 4194304", "train.batch (line 4): 4194304 samples of 20 features are more than 67,108,864 values a step; choose a smaller batch or fewer features")]
    [InlineData("name: toy", "name: toy\nmeasure: [heads]", "measure[0] (line 2): 'heads' is measured of attention, and a model of kind relu-toy has none; write [superposition]")]
    [InlineData("name: toy", "name: toy\ngrid: { model.layers: [1, 2] }", "grid.model.layers (line 2): the path names no setting of a run; known here: model.features, model.hidden, model.relu, model.importance, train.steps, train.batch, train.optimizer, train.lr, train.betas, train.eps, train.weight_decay, train.warmup, train.decay, train.init.scale, data.seed, data.sparsity")]
    public void A_mistake_is_told_with_its_path_its_rule_and_its_fix(string written, string instead, string message)
    {
        Assert.Contains(written, Toy, StringComparison.Ordinal);

        Assert.Equal(message, Sweeps.ErrorOf(Toy.Replace(written, instead, StringComparison.Ordinal)));
    }
}
