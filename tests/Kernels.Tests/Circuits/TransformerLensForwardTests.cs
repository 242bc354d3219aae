using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>The instrumented pass in float64 against TransformerLens, at a hundredth of the tolerances that the fixtures state.</summary>
[Collection("circuits")]
public sealed class TransformerLensForwardTests
{
    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Logits_losses_and_checksums_are_those_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        foreach (var batch in reference.Values.GetProperty("forward").EnumerateObject())
        {
            var trace = reference.Run(batch.Name);
            var logits = Unembedding.Logits(reference.Model, trace);
            foreach (var row in batch.Value.GetProperty("rows").EnumerateArray())
            {
                Same.Numbers(row.GetProperty("logits").Flat(), logits[0][row.GetProperty("b").GetInt32()][row.GetProperty("pos").GetInt32()].Values(), 1e-6);
            }
            Same.Numbers(batch.Value.GetProperty("loss_per_token").Flat(), Unembedding.LossPerToken(reference.Model, trace).Values(), 5e-7);
            var sums = Unembedding.Checksums(reference.Model, trace);
            var absolute = batch.Value.GetProperty("abs_sum").GetDouble();
            Assert.Equal(batch.Value.GetProperty("sum").GetDouble(), sums.Sum, 1e-7 * absolute);
            Assert.Equal(absolute, sums.AbsoluteSum, 1e-7 * absolute);
            Assert.Equal(batch.Value.GetProperty("sum_sq").GetDouble(), sums.SquareSum, 1e-7 * sums.SquareSum);
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Attention_patterns_are_those_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        var trace = reference.Run("repeated");
        foreach (var (layer, heads) in reference.Values.At("patterns", "rows").EnumerateArray().Index())
        {
            foreach (var (head, queries) in heads.EnumerateArray().Index())
            {
                foreach (var (query, keys) in queries.EnumerateArray().Index())
                {
                    Same.Numbers(keys.Flat(), trace.Patterns[layer][0][0][head][query].narrow(0, 0, query + 1).Values(), 1e-6);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Head_scores_are_those_of_their_definitions(string name)
    {
        using var reference = new ReferenceModel(name);
        foreach (var batch in reference.Values.At("head_scores", "definition").EnumerateObject())
        {
            var (trace, matches) = (reference.Run(batch.Name), reference.Matches(batch.Name));
            Check("previous_token", PatternScores.PreviousToken(trace));
            Check("first_token", PatternScores.FirstToken(trace));
            Check("duplicate_any", PatternScores.DuplicateToken(trace, matches));
            Check("induction_any", PatternScores.PrefixMatching(trace, matches));

            void Check(string score, PerSequence ours) => Same.Numbers(batch.Value.At(score, "score").Flat(), ours.Numbers(), 1e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void The_head_detector_of_TransformerLens_gives_the_same_shares(string name)
    {
        using var reference = new ReferenceModel(name);
        foreach (var batch in reference.Values.At("head_scores", "detect_head").EnumerateObject())
        {
            var ours = PatternScores.TransformerLens(reference.Run(batch.Name), reference.Matches(batch.Name));
            Check("induction_head", ours.Induction);
            Check("previous_token_head", ours.PreviousToken);
            Check("duplicate_token_head", ours.DuplicateToken);

            void Check(string pattern, PerSequence scores) =>
                Same.Numbers(batch.Value.GetProperty($"{pattern}/mul/exclude_bos=0/exclude_current=0").Flat(), scores.Numbers(), 1e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Direct_logit_attribution_is_that_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        var trace = reference.Run("repeated");
        var expected = reference.Values.At("logit_attribution", "sequence0").EnumerateArray().Take(8).SelectMany(row => row.Flat()).ToArray();
        var ours = LogitAttribution.EachHead(reference.Model, trace).SelectMany(each => each[0][0].narrow(-1, 0, trace.Length - 1).Values()).ToArray();
        Same.Numbers(expected, ours, 1e-6);
    }
}
