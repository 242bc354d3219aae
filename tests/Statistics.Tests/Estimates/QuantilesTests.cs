using CsCheck;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Tests.Estimates;

public sealed class QuantilesTests
{
    [Theory] // R: quantile(1:10, p), type 7
    [InlineData(0, 1)]
    [InlineData(0.25, 3.25)]
    [InlineData(0.5, 5.5)]
    [InlineData(0.9, 9.1)]
    [InlineData(1, 10)]
    public void Quantiles_are_those_of_R(double p, double expected) =>
        Assert.Equal(expected, Quantiles.Type7(Enumerable.Range(1, 10).Reverse().Select(i => (double)i), p)!.Value, 1e-12);

    [Fact]
    public void A_quantile_lies_within_the_values_and_grows_with_p() =>
        Gen.Select(Generate.Values(1), Gen.Double[0, 1], Gen.Double[0, 1]).Sample((values, p, q) =>
        {
            var (low, high) = (Quantiles.Type7(values, Math.Min(p, q))!.Value, Quantiles.Type7(values, Math.Max(p, q))!.Value);
            Assert.True(values.Min() <= low && low <= high + 1e-12 && high <= values.Max() + 1e-12);
        });

    [Fact]
    public void No_values_have_no_quantile() => Assert.Null(Quantiles.Type7([], 0.5));
}
