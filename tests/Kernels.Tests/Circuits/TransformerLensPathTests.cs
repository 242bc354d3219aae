using System.Text.RegularExpressions;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Paths, terms, ablations and score expansion against TransformerLens, at a hundredth of the tolerances that the fixtures state.</summary>
[Collection("circuits")]
public sealed partial class TransformerLensPathTests
{
    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Path_terms_are_those_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        var expansion = reference.Values.GetProperty("path_expansion");
        foreach (var batch in new[] { "repeated", "random" })
        {
            var terms = PathExpansion.CorrectLogits(reference.Model, reference.Run(batch)).ToDictionary(term => Name(term.Heads), term => term.CorrectLogit);
            var expected = expansion.GetProperty($"correct_logit_mean_{batch}").EnumerateObject().ToList();
            Assert.Equal(expected.Count, terms.Count);
            Assert.All(expected, term => Assert.Equal(term.Value.GetDouble(), terms[term.Name], 1e-6));
        }
        foreach (var at in expansion.GetProperty("logits").EnumerateArray())
        {
            var trace = reference.Run(at.GetProperty("batch").GetString()!);
            foreach (var term in at.GetProperty("terms").EnumerateObject())
            {
                var logits = PathExpansion.Logits(reference.Model, trace, Path(term.Name))[0][at.GetProperty("b").GetInt32()][at.GetProperty("pos").GetInt32()];
                Same.Numbers(term.Value.Flat(), logits.Values(), 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Term_importance_and_ablations_are_those_of_the_hooked_passes(string name)
    {
        using var reference = new ReferenceModel(name);
        foreach (var batch in reference.Values.GetProperty("term_importance").EnumerateObject())
        {
            var trace = reference.Run(batch.Name);
            var terms = TermImportance.Of(reference.Model, trace, Unembedding.LossPerToken(reference.Model, trace));
            var (uniform, byOrder) = (batch.Value.GetProperty("uniform_loss").GetDouble(), terms.ByOrder.Numbers());
            Assert.Equal(uniform, Math.Log(reference.Model.Configuration.Vocab), 5e-8);
            Same.Numbers(batch.Value.GetProperty("loss_up_to_order").Flat(), byOrder, 5e-7);
            Same.Numbers(batch.Value.GetProperty("marginal").Flat(), [.. byOrder.Select((loss, k) => loss - (k == 0 ? uniform : byOrder[k - 1]))], 1e-6);
            Same.Numbers(batch.Value.GetProperty("direct_plus_order1_of_layer_loss").Flat(), terms.DirectPlusLayer.Numbers(), 5e-7);
            var ablated = Ablation.EachHead(reference.Model, trace);
            Same.Numbers(batch.Value.GetProperty("ablate_head_loss").Flat(), ablated.Full.EachHead(), 5e-7);
            Same.Numbers(batch.Value.GetProperty("ablate_head_frozen_loss").Flat(), ablated.Frozen.EachHead(), 5e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Attention_scores_expand_into_the_reference_terms(string name)
    {
        using var reference = new ReferenceModel(name);
        var values = reference.Values.GetProperty("score_expansion");
        var expansion = ScoreExpansion.Of(
            reference.Model, reference.Run(values.GetProperty("batch").GetString()!), values.GetProperty("layer").GetInt32(), values.GetProperty("head").GetInt32());
        Assert.Equal(["embedding", "0.0", "0.1", "0.2", "0.3", "position"], expansion.Components);
        var all = Enumerable.Range(0, 36).Select(n => expansion.Term(n / 6, n % 6)).ToArray();
        foreach (var at in values.GetProperty("at").EnumerateArray())
        {
            double[] terms = [.. all.Select(term => term[at.GetProperty("b").GetInt64(), at.GetProperty("q").GetInt64(), at.GetProperty("k").GetInt64()].item<double>())];
            Same.Numbers(at.GetProperty("terms").Flat(), terms, 5e-7);
            Assert.Equal(at.GetProperty("score").GetDouble(), terms.Sum(), 5e-7);
        }
    }

    private static string Name(IReadOnlyList<(int Layer, int Head)> path) =>
        path.Count == 0 ? "direct" : string.Join('>', path.Select(step => $"L{step.Layer}H{step.Head}"));

    private static List<(int Layer, int Head)> Path(string name) => name == "direct"
        ? []
        : [.. name.Split('>').Select(step => HeadName().Match(step)).Select(match => (int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value)))];

    [GeneratedRegex(@"^L(\d+)H(\d+)$")]
    private static partial Regex HeadName();
}
