using MathNet.Numerics.Random;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Statistics.Nulls;

namespace Orchestrator.Statistics.Tests.Nulls;

public sealed class CompositionNullTests
{
    /// <summary>
    /// The tolerances that docs/statistics.md states, with room for the simulation's own error, in standard deviations of one pair's score: 0.1 for the
    /// expectation, 0.3 for the percentile.
    /// </summary>
    [Theory]
    [InlineData(16, 4, 2, 2, 1500)]      // 4 pairs
    [InlineData(32, 8, 2, 4, 500)]       // 16
    [InlineData(32, 8, 3, 4, 250)]       // 48, through two layers
    [InlineData(64, 4, 2, 8, 250)]       // 64
    [InlineData(64, 1, 2, 4, 1000)]      // heads of rank one
    [InlineData(16, 16, 2, 2, 500)]      // heads as wide as the model
    public void The_largest_of_many_pairs_is_that_of_gaussian_models(int d, int e, int layers, int heads, int models)
    {
        var random = new MersenneTwister(1);
        var simulated = Enumerable.Range(0, models).Select(_ => GaussianModel.Draw(random, d, e, layers, heads).Excesses()).ToArray();
        var expected = CompositionNull.LargestExcess(d, e, layers * (layers - 1) / 2 * heads * heads);

        Assert.Equal(expected.Of, simulated[0][0].Count);
        for (var way = 0; way < 3; way++)
        {
            var first = simulated.Select(model => model[way][0]).ToArray();
            var deviation = Math.Sqrt(first.Average(score => score * score) - Math.Pow(first.Average(), 2));
            var largest = simulated.Select(model => model[way].Max()).ToArray();
            Assert.Equal(0, (largest.Average() - expected.Mean) / deviation, 0.2);
            Assert.Equal(0, (Quantiles.Type7(largest, 0.95)!.Value - expected.P95) / deviation, 0.45);
        }
    }

    [Theory]
    [InlineData(64, 16, 0.0070)]         // math.md 4.1, measured
    [InlineData(256, 32, 0.0017)]
    [InlineData(768, 64, 0.00044)]
    public void One_pair_lies_around_zero_with_the_measured_spread(int d, int e, double deviation)
    {
        var one = CompositionNull.LargestExcess(d, e, 1);

        Assert.Equal(0, one.Mean / deviation, 0.1);
        Assert.Equal(1.645, one.P95 / deviation, 0.2);
    }

    [Fact]
    public void The_largest_of_more_pairs_is_larger() => Assert.All(
        new[] { 1, 2, 4, 16, 144, 2160 }.Select(pairs => CompositionNull.LargestExcess(64, 16, pairs)).Pairwise(),
        next => Assert.True(next.Before.Mean < next.After.Mean && next.Before.P95 < next.After.P95 && next.After.Mean < next.After.P95));

    [Fact]
    public void A_stream_of_one_dimension_leaves_nothing_to_chance()
    {
        var only = CompositionNull.LargestExcess(1, 3, 9);

        Assert.Equal((9, 0.0, 0.0), (only.Of, only.Mean, only.P95));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(8, 0, 1)]
    [InlineData(8, 1, 0)]
    public void Without_a_pair_of_heads_there_is_no_null(int d, int e, int pairs) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CompositionNull.LargestExcess(d, e, pairs));
}

file static class Sequences
{
    public static IEnumerable<(T Before, T After)> Pairwise<T>(this IEnumerable<T> all) => all.Zip(all.Skip(1));
}
