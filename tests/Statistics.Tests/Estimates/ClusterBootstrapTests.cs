using CsCheck;
using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Tests.Estimates;

public sealed class ClusterBootstrapTests
{
    // Forty runs of four heads that agree within a run: only runs carry information.
    private static readonly RunValues[] Runs =
        [.. Enumerable.Range(0, 40).Select(run => new RunValues(run, [.. Enumerable.Range(0, 4).Select(head => Math.Sin(run * 1.7) + 0.01 * head)]))];

    [Fact]
    public void The_interval_is_that_of_run_means_however_many_heads_a_run_has()
    {
        var estimate = ClusterBootstrap.Mean(Runs, seed: 1, resamples: 20_000);

        // The bootstrap's own standard error of a mean of n clusters: sqrt(sum (x - mean)²) / n.
        var means = Runs.Select(run => run.Values.Average()).ToList();
        var error = Math.Sqrt(means.Sum(x => (x - means.Average()) * (x - means.Average()))) / means.Count;
        Assert.Equal(means.Average(), estimate.Mean!.Value, 1e-12);
        Assert.Equal(2 * 1.96 * error, estimate.High!.Value - estimate.Low!.Value, 0.05 * error);
        Assert.Equal(40, estimate.N);
    }

    [Fact]
    public void The_same_runs_in_any_order_give_the_same_bits_and_another_seed_does_not() =>
        Gen.Shuffle(Runs).Sample(shuffled =>
        {
            Assert.Equal(ClusterBootstrap.Mean(Runs, 7), ClusterBootstrap.Mean(shuffled, 7));
            Assert.NotEqual(ClusterBootstrap.Mean(Runs, 7), ClusterBootstrap.Mean(shuffled, 8));
        }, iter: 5);

    [Fact]
    public void Runs_without_values_do_not_count_and_one_run_has_no_interval()
    {
        Assert.Equal(new MeanEstimate(2, null, null, 1), ClusterBootstrap.Mean([new RunValues(3, [1, 3]), new RunValues(4, [])], seed: 0));
        Assert.Equal(new MeanEstimate(null, null, null, 0), ClusterBootstrap.Mean([], seed: 0));
    }

    [Fact]
    public void Any_statistic_can_be_asked_for()
    {
        var largest = ClusterBootstrap.Estimate([new RunValues(0, [1, 5]), new RunValues(1, [2, 3])], values => values.Max(), seed: 0);

        Assert.Equal((5.0, 3.0, 5.0), (largest.Mean, largest.Low, largest.High)); // one resample in four has run 1 alone
    }

    [Fact]
    public void Too_few_resamples_and_a_run_given_twice_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ClusterBootstrap.Mean(Runs, 0, 1_999));
        Assert.Throws<ArgumentException>(() => ClusterBootstrap.Mean([new RunValues(1, [1]), new RunValues(1, [1])], 0));
    }
}
