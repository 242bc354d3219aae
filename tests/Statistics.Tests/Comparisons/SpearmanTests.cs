using CsCheck;
using Orchestrator.Statistics.Comparisons;

namespace Orchestrator.Statistics.Tests.Comparisons;

public sealed class SpearmanTests
{
    [Fact]
    public void The_correlation_is_the_published_one()
    {
        // Hollander and Wolfe's tuna data, R's example(cor.test): squared rank differences sum to 48, 1 - 6 × 48 / (9 × 80) = 0.6.
        Assert.Equal(0.6, Spearman.Correlation([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1], [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8])!.Value, 1e-12);
        // SciPy's example(spearmanr), with a tie.
        Assert.Equal(0.8207826816681233, Spearman.Correlation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])!.Value, 1e-12);
    }

    [Fact]
    public void Only_ranks_matter_and_the_order_of_pairs_does_not() =>
        Generate.Values(3).SelectMany(x => Generate.Values(x.Length).Where(y => y.Length >= x.Length).Select(y => (x, y: y[..x.Length]))).Sample(pair =>
        {
            var expected = Spearman.Correlation(pair.x, pair.y);
            Assert.Equal(expected, Spearman.Correlation([.. pair.x.Select(value => value * value * value)], pair.y));
            Assert.Equal(expected, Spearman.Correlation([.. pair.x.Reverse()], [.. pair.y.Reverse()]));
            Assert.Equal(expected, Spearman.Correlation(pair.y, pair.x));
            Assert.True(expected is null or >= -1 and <= 1);
        });

    [Fact]
    public void A_constant_or_a_single_pair_has_no_correlation()
    {
        Assert.Null(Spearman.Correlation([1, 1, 1], [1, 2, 3]));
        Assert.Null(Spearman.Correlation([1], [1]));
        Assert.Null(Spearman.Correlation([], []));
    }

    [Fact]
    public void What_cannot_be_paired_or_ranked_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Spearman.Correlation([1, 2], [1]));
        Assert.All([double.NaN, double.PositiveInfinity, double.NegativeInfinity], value =>
            Assert.Contains("is not a finite number", Assert.Throws<ArgumentException>(() => Spearman.Correlation([1, value], [1, 2])).Message, StringComparison.Ordinal));
    }
}
