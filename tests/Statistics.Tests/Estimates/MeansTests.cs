using CsCheck;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Tests.Estimates;

public sealed class MeansTests
{
    [Fact]
    public void The_t_interval_is_that_of_R_for_the_sleep_data()
    {
        // R: with(sleep, t.test(extra[group == 2] - extra[group == 1])): 1.58 (0.7001142, 2.4598858).
        var estimate = Means.Estimate([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]);

        Assert.Equal(1.58, estimate.Mean!.Value, 1e-12);
        Assert.Equal(0.7001142, estimate.Low!.Value, 5e-8);
        Assert.Equal(2.4598858, estimate.High!.Value, 5e-8);
        Assert.Equal(10, estimate.N);
    }

    [Fact]
    public void An_error_that_all_runs_share_joins_in_quadrature_however_many_runs_there_are()
    {
        double[] values = [1, 2, 3];
        var half = 4.302652729911275 / Math.Sqrt(3);

        var estimate = Means.Estimate(values, [0.5, 0.7, 0.6]);

        Assert.Equal(2, estimate.Mean);
        Assert.Equal(Math.Sqrt(half * half + 1.959963984540054 * 1.959963984540054 * (0.25 + 0.49 + 0.36) / 3), estimate.High!.Value - 2, 1e-8);
        Assert.Equal(Means.Estimate(values), Means.Estimate(values, []));
        Assert.Null(Means.Estimate([1], [0.5]).High);
    }

    [Fact]
    public void One_value_has_no_interval_and_none_has_no_mean()
    {
        Assert.Equal(new MeanEstimate(3.5, null, null, 1), Means.Estimate([3.5]));
        Assert.Equal(new MeanEstimate(null, null, null, 0), Means.Estimate([]));
    }

    [Fact]
    public void The_order_of_runs_does_not_change_a_bit() =>
        Generate.Shuffled(Generate.Values(0)).Sample(pair => Assert.Equal(Means.Estimate(pair.Items), Means.Estimate(pair.Shuffled)));

    [Fact]
    public void A_large_offset_does_not_drown_the_spread()
    {
        var estimate = Means.Estimate([1e9 + 1, 1e9 + 2, 1e9 + 3]);

        Assert.Equal(2 * 4.302652729911275 / Math.Sqrt(3), estimate.High!.Value - estimate.Low!.Value, 1e-6); // s = 1, t(0.975, 2)
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_undefined_value_is_the_callers_to_leave_out(double value) =>
        Assert.Throws<ArgumentException>(() => Means.Estimate([1, value]));

    [Fact]
    public void Pooled_over_runs_of_equal_size_it_is_the_interval_of_the_runs_own_means()
    {
        double[][] runs = [[0.9, 0.1], [0.8, 0.3], [0.7, 0.1], [0.95, 0.2]];

        var pooled = Means.Pooled(runs);
        var means = Means.Estimate(runs.Select(run => run.Average()));

        Assert.Equal((means.Mean!.Value, means.N), (pooled.Mean!.Value, pooled.N));
        Assert.Equal(means.Low!.Value, pooled.Low!.Value, 12);
        Assert.Equal(means.High!.Value, pooled.High!.Value, 12);
    }

    [Fact]
    public void Pooled_over_runs_of_different_sizes_every_value_counts_once()
    {
        var pooled = Means.Pooled([[1, 1, 1], [0], []]);

        Assert.Equal((0.75, 2), (pooled.Mean, pooled.N)); // a run without a value is none
        // residuals (3 - 0.75 * 3) / 2 and (0 - 0.75) / 2: s = 0.5303, t(0.975, 1) = 12.706
        Assert.Equal(0.75 + 12.7062 * 0.53033 / Math.Sqrt(2), pooled.High!.Value, 3);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    public void An_interval_stays_in_the_range_of_its_values_and_is_the_plain_one_where_that_does(double low, double high)
    {
        var range = new MetricRange(low, high);
        double[] near = [high, high - 0.02, high - 0.3], inside = [high - 0.5, high - 0.52, high - 0.48];

        var estimate = Means.Estimate(near, range: range);

        Assert.True(Means.Estimate(near).High > high, "the plain interval would have to leave the range");
        Assert.InRange(estimate.Low!.Value, low, estimate.Mean!.Value);
        Assert.InRange(estimate.High!.Value, estimate.Mean!.Value, high);
        Assert.Equal(Means.Estimate(inside), Means.Estimate(inside, range: range));
    }

    [Fact]
    public void Where_the_scale_has_one_end_an_interval_is_cut_there()
    {
        var estimate = Means.Estimate([0.1, 0.2, 3], range: MetricRange.NotNegative);

        Assert.Equal(0, estimate.Low);
        Assert.Equal(Means.Estimate([0.1, 0.2, 3]).High, estimate.High);
    }

    [Fact]
    public void Of_values_that_are_all_at_an_end_the_interval_is_that_end() =>
        Assert.Equal(new MeanEstimate(1, 1, 1, 3), Means.Estimate([1, 1, 1], range: MetricRange.Share));
}
