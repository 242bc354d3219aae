using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Identity;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Tests;

public sealed class IdentityTests
{
    [Fact]
    public void Ids_are_what_they_were_when_this_was_written()
    {
        // Golden: an id that changes orphans every stored result. Raise Versions.Trainer where training itself changes.
        var sweep = Sweeps.Valid(Sweeps.Example);

        Assert.Equal("wf2ml7ic3ndlc", sweep.Id);
        Assert.Equal("4m2tg2sykm326nlewf2znpfh46", sweep.RunIdAt(0));
    }

    [Fact]
    public void A_run_id_is_26_lower_case_characters_and_every_run_has_its_own()
    {
        var sweep = Sweeps.Valid(Sweeps.Example);
        var ids = Enumerable.Range(0, (int)sweep.Count).Select(sweep.RunIdAt).ToList();

        Assert.All(ids, id => Assert.Matches("^[a-z2-7]{26}$", id));
        Assert.Distinct(ids);
        Assert.Equal(ids, Enumerable.Range(0, (int)sweep.Count).Select(i => Identities.OfRun(sweep.RunAt(i))));
    }

    [Theory]
    [InlineData("name: induction-by-depth", "name: other")]
    [InlineData("{ every: 20 }", "{ every: 30 }")]
    [InlineData("measure: [heads, ", "measure: [")]
    [InlineData("priority: 0", "priority: 7")]
    [InlineData("runs: 1000", "runs: 2")]
    [InlineData("priority: 0", "head_threshold: 0.7")]
    [InlineData("priority: 0", "retention: { checkpoints: 5, completed: keep }")]
    [InlineData("priority: 0", "requires: { memory_gb: 20, device: cuda, labels: [a100] }")]
    [InlineData("1.0e-2", "0.01")]
    [InlineData("positions: shortformer", "")]
    [InlineData("d_model: 64", "d_model: 64.0")]
    [InlineData("d_model: 64", "d_model: 0x40")]
    [InlineData("d_model: 64", "d_model: 64\n  d_head: 32")]
    public void A_run_id_does_not_depend_on(string written, string instead) =>
        Assert.Equal(Sweeps.Valid(Sweeps.Example).RunIdAt(3), Changed(written, instead).RunIdAt(3));

    [Theory]
    [InlineData("seeds: 0..4", "seeds: 1..5")]
    [InlineData("vocab: 32", "vocab: 33")]
    [InlineData("vocab: 32", "vocab: 32\n  bos: false")]
    [InlineData("vocab: 32", "vocab: 32\n  seed: 1")]
    [InlineData("weight: 0.6", "weight: 0.5")]
    [InlineData("smeared_keys: false", "smeared_keys: true")]
    [InlineData("warmup: 20", "warmup: 21")]
    [InlineData("scale: 1.0 }", "scale: 1.5 }")]
    public void A_run_id_depends_on(string written, string instead) =>
        Assert.NotEqual(Sweeps.Valid(Sweeps.Example).RunIdAt(3), Changed(written, instead).RunIdAt(3));

    [Fact]
    public void A_run_id_depends_on_the_version_of_the_trainer()
    {
        var run = Sweeps.Valid(Sweeps.Example).RunAt(0);

        Assert.NotEqual(Identities.OfRun(run, Versions.Trainer), Identities.OfRun(run, Versions.Trainer + 1));
    }

    [Fact]
    public void A_run_id_depends_on_what_a_text_holds_and_not_on_its_name()
    {
        var hash = new string('a', 64);
        var id = Of(new TextFile("a.txt", hash, 1000));

        Assert.Equal(id, Of(new TextFile("b.txt", hash, 1000)));
        Assert.NotEqual(id, Of(new TextFile("a.txt", new string('b', 64), 1000)));

        static string Of(TextFile file)
        {
            var run = Sweeps.Valid(Sweeps.Least).RunAt(0);
            var text = new Text { Files = [file], Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } };
            return Identities.OfRun(run with { Data = new DataConfiguration { Vocab = 257, Parts = [text] } });
        }
    }

    [Theory]
    [InlineData("priority: 0", "priority: 7")]
    [InlineData("runs: 1000", "runs: 2")]
    [InlineData("seeds: 0..4", "seeds: [0, 1, 2..4]")]
    [InlineData("[heads, composition, terms,", "[terms, composition, heads,")]
    [InlineData("layers: 2\n", "layers: 7\n")] // the grid replaces it
    [InlineData("{ every: 20 }", "{ every: 20.0 }")]
    [InlineData("priority: 0", "retention: { checkpoints: 5, completed: keep }")]
    public void A_sweep_id_does_not_depend_on(string written, string instead) =>
        Assert.Equal(Sweeps.Valid(Sweeps.Example).Id, Changed(written, instead).Id);

    [Theory]
    [InlineData("name: induction-by-depth", "name: other")]
    [InlineData("{ every: 20 }", "{ every: 30 }")]
    [InlineData("measure: [heads, ", "measure: [")]
    [InlineData("seeds: 0..4", "seeds: 0..5")]
    [InlineData("[1, 2]", "[2, 1]")]
    [InlineData("priority: 0", "head_threshold: 0.7")]
    public void A_sweep_id_depends_on(string written, string instead) =>
        Assert.NotEqual(Sweeps.Valid(Sweeps.Example).Id, Changed(written, instead).Id);

    [Fact]
    public void The_canonical_document_reads_back_as_the_same_sweep()
    {
        var sweep = Sweeps.Valid(Sweeps.Example);

        var again = Sweeps.Valid(sweep.Document);

        Assert.Equal(sweep.Document.ToJsonString(), again.Document.ToJsonString());
        Assert.Equal((sweep.Id, sweep.Count), (again.Id, again.Count));
        Assert.Equal(sweep.RunIdAt(7), again.RunIdAt(7));
    }

    [Fact]
    public void Canonical_JSON_has_one_spelling_for_one_value()
    {
        var json = JsonNode.Parse("""{ "b": [1.0, 1e2, 0.10, -0.0, 1e-8, 18446744073709551615, -3, "é\n"], "a": { "z": true, "y": null } }""");

        Assert.Equal(
            """{"a":{"y":null,"z":true},"b":[1,100,0.1,0,1E-08,18446744073709551615,-3,"\u00E9\n"]}"""u8,
            CanonicalJson.Write(JsonSerializer.SerializeToElement(json)));
    }

    private static Sweep Changed(string written, string instead)
    {
        Assert.Contains(written, Sweeps.Example, StringComparison.Ordinal);
        return Sweeps.Valid(Sweeps.Example.Replace(written, instead, StringComparison.Ordinal));
    }
}
