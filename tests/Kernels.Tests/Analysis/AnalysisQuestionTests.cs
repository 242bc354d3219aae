using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;

namespace Orchestrator.Kernels.Tests.Analysis;

/// <summary>What <c>analyze</c> computes only if it is asked for.</summary>
[Collection("circuits")]
public sealed class AnalysisQuestionTests
{
    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void The_scores_of_a_head_are_the_spread_of_the_terms_over_all_queries_and_earlier_keys(string name)
    {
        var json = Fixed(name, new([(1, 3), (0, 1)], Trigrams: false));
        using var reference = new ReferenceModel(name);
        foreach (var batch in json.GetProperty("batches").EnumerateObject())
        {
            var (later, earlier) = (batch.Value.GetProperty("scores")[0], batch.Value.GetProperty("scores")[1]);
            Assert.Equal(["1.3", "0.1"], new[] { later, earlier }.Select(head => head.GetProperty("head").GetString()));
            Assert.Equal(["embedding", "0.0", "0.1", "0.2", "0.3", "position"], later.GetProperty("components").EnumerateArray().Select(component => component.GetString()));
            Assert.Equal(["embedding", "position"], earlier.GetProperty("components").EnumerateArray().Select(component => component.GetString()));
            var expansion = ScoreExpansion.Of(reference.Model, reference.Run(batch.Name), 1, 3);
            Same.Numbers([.. Enumerable.Range(0, 36).Select(n => Spread(expansion.Term(n / 6, n % 6).Values(), (int)expansion.Queries.shape[2]))], later.GetProperty("spread").Flat(), 1e-7);
        }
        Assert.False(json.TryGetProperty("trigrams", out _));
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Trigrams_have_the_tokens_of_the_batches_as_sources_and_say_which_pairs_never_occur(string name)
    {
        var json = Fixed(name, new([], Trigrams: true));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixture.Path($"{name}.tokens.json")));
        long[][] sequences = [.. document.RootElement.GetProperty("batches").EnumerateObject().SelectMany(batch => batch.Value.EnumerateArray())
            .Select(sequence => sequence.EnumerateArray().Select(id => id.GetInt64()).ToArray())];
        var tokens = sequences.SelectMany(sequence => sequence).ToHashSet();
        Assert.Equal(8, json.GetProperty("trigrams").GetArrayLength());
        foreach (var source in json.GetProperty("trigrams").EnumerateArray().SelectMany(head => head.GetProperty("sources").EnumerateArray()))
        {
            var id = source.GetProperty("source").GetInt64();
            Assert.Contains(id, tokens);
            Assert.Equal((5, 5), (source.GetProperty("destinations").GetArrayLength(), source.GetProperty("outputs").GetArrayLength()));
            Assert.All(source.GetProperty("bugs").EnumerateArray(), bug => Assert.DoesNotContain(
                sequences, sequence => Occurs(sequence, id, bug.GetProperty("destination").GetInt64(), bug.GetProperty("output").GetInt64())));
        }
        Assert.False(json.At("batches").EnumerateObject().First().Value.TryGetProperty("scores", out _));
    }

    [Fact]
    public void A_head_that_the_model_lacks_is_refused_with_those_that_it_has()
    {
        var refused = Assert.IsType<AnalysisResult.Refused>(Run("tiny_l2", new([(2, 0)], false)));

        Assert.Equal("--scores: 2.0 is no head of the model: give heads from 0.0 to 1.3", Assert.Single(refused.Errors));
    }

    [Fact]
    public void More_pairs_of_tokens_than_the_bound_are_refused_before_anything_is_computed()
    {
        var odd = new OddModel(1, 1, 2, 1, Vocab: 20_000, Length: 2, Batch: 1, PositionKind.None, Normalization.None, false, false, 0, false, 1);
        var every = Enumerable.Range(0, 10_000).Select(i => new long[] { 2 * i, 2 * i + 1 }).ToArray();

        var refused = Assert.Throws<AnalysisException>(() => TrigramAnalyzer.Of(odd.Model(), new Dictionary<string, long[][]> { ["all"] = every }));

        Assert.StartsWith("--trigrams: 20,000 different tokens in the batches times 20,000 of the vocabulary are more than", refused.Message, StringComparison.Ordinal);
    }

    private static bool Occurs(long[] sequence, long source, long destination, long output) => Enumerable.Range(0, sequence.Length - 1)
        .Any(i => sequence[i] == destination && sequence[i + 1] == output && sequence.AsSpan(0, i + 1).Contains(source));

    private static double Spread(double[] term, int length)
    {
        double[] seen = [.. term.Where((_, n) => n % length <= n / length % length)];          // key ≤ query
        var mean = seen.Average();
        return Math.Sqrt(seen.Average(value => (value - mean) * (value - mean)));
    }

    private static JsonElement Fixed(string name, AnalysisQuestions questions) =>
        JsonSerializer.SerializeToElement(Assert.IsType<AnalysisResult.Done>(Run(name, questions)).Document, Json.Options);

    private static AnalysisResult Run(string name, AnalysisQuestions questions) =>
        ModelAnalysis.Run(Fixture.Path($"{name}.safetensors"), Fixture.Path($"{name}.tokens.json"), questions: questions);
}
