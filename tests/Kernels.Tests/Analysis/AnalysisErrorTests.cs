using CsCheck;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Tests.Fixtures;

namespace Orchestrator.Kernels.Tests.Analysis;

public sealed class AnalysisErrorTests
{
    [Theory]
    [InlineData("[1]", "must be a JSON object with a key 'batches'")]
    [InlineData("{}", "must be a JSON object with a key 'batches'")]
    [InlineData("""{"batches": []}""", "must be a JSON object with a key 'batches'")]
    [InlineData("""{"batches": {}}""", "'batches' is empty")]
    [InlineData("""{"batches": {"a": []}}""", "batches.a must be an array of at least one sequence")]
    [InlineData("""{"batches": {"a": [[]]}}""", "batches.a[0] must be an array of at least one token id")]
    [InlineData("""{"batches": {"a": [[1, 2], [1]]}}""", "all sequences of a batch must have one length")]
    [InlineData("""{"batches": {"a": [[1, 50]]}}""", "batches.a[0][1] must be a token id from 0 to 49, found 50")]
    [InlineData("""{"batches": {"a": [[1], [-1]]}}""", "batches.a[1][0] must be a token id from 0 to 49, found -1")]
    [InlineData("""{"batches": {"a": [[1.5]]}}""", "found 1.5")]
    [InlineData("""{"batches": {"a": [["1"]]}}""", "found \"1\"")]
    [InlineData("""{"batches": {"a": [[99999999999999999999999999]]}}""", "found 99999999999999999999999999")]
    [InlineData("""{"batches": {"a": [[1]], "a": [[2]]}}""", "'a'")]
    [InlineData("""{"batches": {"a": [[1]]""", "is not JSON")]
    [InlineData("", "is not JSON")]
    public void Broken_tokens_are_refused_with_file_place_and_rule(string json, string expected)
    {
        var refused = Assert.Throws<AnalysisException>(() => TokenBatches.Parse(System.Text.Encoding.UTF8.GetBytes(json), "t.json", 50, 32));
        Assert.StartsWith("t.json: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sequence_longer_than_the_context_is_refused() => Assert.Contains(
        "batches.a[0] has 4 tokens, more than the model's context of 3",
        Assert.Throws<AnalysisException>(() => TokenBatches.Parse("""{"batches": {"a": [[1, 1, 1, 1]]}}"""u8.ToArray(), "t.json", 50, 3)).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_stands_in_a_tokens_file_is_read_or_refused() => Gen.String[Gen.Char["{}[]\":,0123456789.-eabtches \\"], 0, 60].Sample(json =>
    {
        try
        {
            Assert.NotEmpty(TokenBatches.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"batches": {{json}}}"""), "t.json", 50, 8));
        }
        catch (AnalysisException refused)
        {
            Assert.StartsWith("t.json: ", refused.Message, StringComparison.Ordinal);
        }
    }, iter: 3000);

    [Fact]
    public void A_missing_or_torn_model_is_an_error_and_no_exception()
    {
        var tokens = Fixture.Path("tiny_l2.tokens.json");
        var missing = Assert.IsType<AnalysisResult.Refused>(ModelAnalysis.Run(Fixture.Path("nothing.safetensors"), tokens));
        Assert.Contains("nothing", Assert.Single(missing.Errors), StringComparison.Ordinal);
        var noTokens = Assert.IsType<AnalysisResult.Refused>(ModelAnalysis.Run(Fixture.Path("tiny_l2.safetensors"), Fixture.Path("no.json")));
        Assert.Contains("no.json", Assert.Single(noTokens.Errors), StringComparison.Ordinal);
        var torn = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(torn, File.ReadAllBytes(Fixture.Path("tiny_l2.safetensors"))[..5000]);
            var refused = Assert.IsType<AnalysisResult.Refused>(ModelAnalysis.Run(torn, tokens, Fixture.Path("tiny_l2.config.json")));
            Assert.Contains(torn, Assert.Single(refused.Errors), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(torn);
        }
    }
}
