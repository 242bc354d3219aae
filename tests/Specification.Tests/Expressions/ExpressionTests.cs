using CsCheck;
using Orchestrator.Specification.Expressions;

namespace Orchestrator.Specification.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly Dictionary<string, object?> Values = new()
    {
        ["layer"] = 1.0,
        ["prefix_matching"] = 0.7,
        ["model.layers"] = 2.0,
        ["state"] = "completed",
        ["smeared"] = true,
        ["missing"] = null,
        ["seed"] = (Int128)9007199254740993,
        ["largest"] = (Int128)ulong.MaxValue,
    };

    [Theory]
    [InlineData("prefix_matching > 0.4", true)]
    [InlineData("prefix_matching >= 0.7 and layer == 1", true)]
    [InlineData("layer = 0 or model.layers = 2", true)]
    [InlineData("layer == 0 or layer == 1 and prefix_matching < 0.1", false)]
    [InlineData("not (layer == 0)", true)]
    [InlineData("not layer == 1", false)]
    [InlineData("layer in [0, 2]", false)]
    [InlineData("layer not in (0, 2)", true)]
    [InlineData("state in ['failed', \"completed\"]", true)]
    [InlineData("state != 'failed'", true)]
    [InlineData("smeared", true)]
    [InlineData("smeared == false", false)]
    [InlineData("layer + 2 * 3 - 1 == 6", true)]
    [InlineData("(layer + 2) * 3 == 9", true)]
    [InlineData("-layer < 0", true)]
    [InlineData("1e-3 < prefix_matching / 10", true)]
    [InlineData("missing > 0", false)]
    [InlineData("missing <= 0", false)]
    [InlineData("missing + 1 > 0", false)]
    [InlineData("missing == null", true)]
    [InlineData("missing + 1 == null", true)]
    [InlineData("null != missing", false)]
    [InlineData("layer == null", false)]
    [InlineData("layer != null and null != layer", true)]
    [InlineData("not (missing > 0)", true)]
    [InlineData("seed = 9007199254740993", true)]
    [InlineData("seed = 9007199254740992", false)]
    [InlineData("seed != 9007199254740992", true)]
    [InlineData("seed > 9007199254740992 and seed < 9007199254740994", true)]
    [InlineData("seed in [9007199254740992, 9007199254740994]", false)]
    [InlineData("seed in [9007199254740993]", true)]
    [InlineData("seed - 1 = 9007199254740992", true)]
    [InlineData("seed * 2 / 2 = seed", true)]
    [InlineData("seed > 0.5 and seed < 1e300 and seed > -1e300", true)]
    [InlineData("largest = 18446744073709551615", true)]
    [InlineData("largest + 1 > largest", true)]
    [InlineData("layer = 1 and 3 / 2 = 1.5 and 1 / 0 > largest", true)]
    [InlineData("-seed = 0 - 9007199254740993", true)]
    public void A_condition_means_what_it_says(string text, bool holds) => Assert.Equal(holds, Expression.Parse(text).Holds(name => Values[name]));

    [Theory]
    [InlineData("", "at character 1: expected a name")]
    [InlineData("layer ==", "at character 9: expected a name")]
    [InlineData("layer == 1 layer", "at character 12: expected an operator or the end")]
    [InlineData("(layer == 1", "expected ')'")]
    [InlineData("layer in 3", "expected a list such as [1, 2]")]
    [InlineData("layer $ 1", "'$' means nothing here")]
    [InlineData("state == 'open", "the quotation is not closed")]
    [InlineData("layer == 1.2.3", "'1.2.3' is no number")]
    public void What_is_no_expression_is_refused_with_its_place(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ExpressionException>(() => Expression.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("layer + 1", "neither true nor false")]
    [InlineData("state > 'a'", "only numbers have an order")]
    [InlineData("state + 1 == 2", "only numbers can be calculated with")]
    [InlineData("layer and smeared", "take conditions")]
    public void What_makes_no_sense_is_refused_with_the_reason(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ExpressionException>(() => Expression.Parse(text).Holds(name => Values[name])).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_is_typed_is_read_or_refused() =>
        Gen.OneOf(Gen.String[Gen.Char["layer()[]<>=!+-*/,'\". 0123456789andornotin"], 0, 80], Gen.Int[0, 3000].Select(n => new string('(', n)), Gen.Int[0, 3000].Select(n => new string('-', n) + "1"))
            .Sample(text =>
            {
                try
                {
                    Assert.NotNull(Expression.Parse(text).Names);
                }
                catch (ExpressionException refused)
                {
                    Assert.NotEmpty(refused.Message);
                }
            });
}
