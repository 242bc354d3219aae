using CsCheck;
using Orchestrator.Statistics.Survival;
using Orchestrator.Statistics.Transitions;
using MedianEstimate = Orchestrator.Contracts.Api.MedianEstimate;

namespace Orchestrator.Statistics.Tests.Transitions;

public sealed class TransitionTests
{
    [Fact]
    public void The_crossing_is_interpolated_and_its_interval_kept()
    {
        var transition = Transition.FirstCrossing([0, 100, 120, 140, 160], [0.05, 0.1, 0.2, 0.6, 0.3], 0.4);

        Assert.Equal(new Transition(130, 120, 140), transition);
        Assert.Equal(new Observation(130, true), transition!.ToObservation());
    }

    [Fact]
    public void A_run_that_never_gets_there_is_censored_at_its_last_snapshot()
    {
        var transition = Transition.FirstCrossing([0, 100, 300], [0.05, 0.1, 0.39], 0.4)!;

        Assert.True(transition.Censored);
        Assert.Equal(new Observation(300, false), transition.ToObservation());
    }

    [Fact]
    public void A_run_that_starts_above_crossed_with_its_first_snapshot() =>
        Assert.Equal(new Transition(0, null, 0), Transition.FirstCrossing([0, 10], [0.5, 0.1], 0.4));

    [Fact]
    public void Reaching_the_threshold_exactly_is_crossing_it() =>
        Assert.Equal(new Transition(10, 0, 10), Transition.FirstCrossing([0, 10], [0.0, 0.4], 0.4));

    [Fact]
    public void Undefined_scores_are_passed_over_and_widen_the_interval()
    {
        Assert.Equal(new Transition(20, 10, 30), Transition.FirstCrossing([0, 10, 20, 30], [null, 0.2, double.NaN, 0.6], 0.4));
        Assert.Equal(new Transition(20, 10, 30), Transition.FirstCrossing([0, 10, 20, 30], [null, 0.2, double.PositiveInfinity, 0.6], 0.4));
        Assert.Null(Transition.FirstCrossing([0, 10], [null, null], 0.4));
        Assert.Equal(10, Transition.FirstCrossing([0, 10, 20], [0.1, 0.1, null], 0.4)!.Upto);
    }

    [Fact]
    public void The_median_of_a_group_counts_those_who_never_got_there()
    {
        Transition[] group = [new(130, 120, 140), new(155, 140, 160), new(170, 160, 180), new(null, null, 300)];

        var median = Transition.Median(group);

        Assert.Equal(new MedianEstimate(150, null, null, 4, 1), median); // S = 0.75, 0.5, 0.25 at the midpoints 130, 150, 170; four runs have no interval
    }

    [Fact]
    public void A_crossing_lies_in_its_interval_and_a_higher_threshold_is_never_crossed_earlier() =>
        Gen.Select(Gen.Double[0, 1].Array[1, 20], Gen.Double[0.05, 0.95], Gen.Double[0.05, 0.95]).Sample((scores, a, b) =>
        {
            int[] steps = [.. Enumerable.Range(0, scores.Length).Select(i => 20 * i)];
            double?[] given = [.. scores.Select(score => (double?)score)];
            var (low, high) = (Transition.FirstCrossing(steps, given, Math.Min(a, b))!, Transition.FirstCrossing(steps, given, Math.Max(a, b))!);

            Assert.Equal(scores.Max() < Math.Min(a, b), low.Censored);
            Assert.True(low.Censored || (low.After ?? 0) <= low.Step && low.Step <= low.Upto);
            Assert.True(high.Censored || low.Step <= high.Step);
        });

    [Fact]
    public void Steps_out_of_order_are_refused() =>
        Assert.Throws<ArgumentException>(() => Transition.FirstCrossing([0, 20, 20], [0.1, 0.2, 0.3], 0.4));

    [Fact]
    public void The_interval_of_the_median_reaches_to_the_ends_of_the_snapshot_intervals_of_its_order_statistics()
    {
        Transition[] six = [new(83, 80, 100), new(90, 80, 100), new(105, 100, 120), new(125, 120, 140), new(130, 120, 140), new(145, 140, 160)];

        Assert.Equal((80.0, 160.0), Bounds(Transition.Median(six)));
        Assert.Equal((80.0, null), Bounds(Transition.Median([.. six[..5], new(null, null, 300)])));      // the largest may be anywhere
        Assert.Equal((80.0, 160.0), Bounds(Transition.Median([.. six, .. six[..2], new(null, null, 300)]))); // of nine the second ones
        Assert.Equal((300.0, null), Bounds(Transition.Median(Enumerable.Repeat(new Transition(null, null, 300), 6))));

        static (double?, double?) Bounds(MedianEstimate median) => (median.Low, median.High);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(20, 6)]
    public void The_ranks_of_the_medians_interval_are_those_of_the_tables(int n, int rank) => Assert.Equal(rank, Orchestrator.Statistics.Estimates.Quantiles.MedianRank(n));
}
