using CsCheck;
using Orchestrator.Statistics.Survival;
using MedianEstimate = Orchestrator.Contracts.Api.MedianEstimate;

namespace Orchestrator.Statistics.Tests.Survival;

public sealed class KaplanMeierTests
{
    private static readonly Gen<Observation[]> Observations =
        Gen.Select(Gen.Int[0, 12], Gen.Bool).Select((time, observed) => new Observation(time, observed)).Array[0, 30];

    [Fact]
    public void The_curve_and_its_log_log_interval_are_the_published_ones()
    {
        // Stata's sts list of these data: time, at risk, events, S, 95% interval.
        (double, int, int, double, double, double)[] expected =
        [
            (6, 21, 3, 0.8571, 0.6197, 0.9516), (7, 17, 1, 0.8067, 0.5631, 0.9228), (10, 15, 1, 0.7529, 0.5032, 0.8894),
            (13, 12, 1, 0.6902, 0.4316, 0.8491), (16, 11, 1, 0.6275, 0.3675, 0.8049), (22, 7, 1, 0.5378, 0.2678, 0.7468),
            (23, 6, 1, 0.4482, 0.1881, 0.6801),
        ];

        var curve = KaplanMeier.Curve(Remission.Treated);

        Assert.Equal(expected, curve.Select(p => (p.Time, p.AtRisk, p.Events, Math.Round(p.Share, 4), Math.Round(p.Low!.Value, 4), Math.Round(p.High!.Value, 4))));
    }

    [Fact]
    public void Medians_are_read_off_the_curve_and_its_bounds()
    {
        Assert.Equal(new MedianEstimate(23, 13, null, 21, 12), KaplanMeier.Median(Remission.Treated));
        Assert.Equal(new MedianEstimate(8, 4, 11, 21, 0), KaplanMeier.Median(Remission.Placebo));
    }

    [Fact]
    public void A_group_that_never_gets_there_has_no_median_and_counts_as_censored() =>
        Assert.Equal(new MedianEstimate(null, null, null, 5, 5), KaplanMeier.Median(Enumerable.Repeat(new Observation(300, false), 5)));

    [Fact]
    public void Five_events_without_censoring_have_the_middle_one_as_median_and_no_upper_bound()
    {
        // By hand: S = 0.8, 0.6, 0.4, 0.2, 0; lower bound at the first event 0.2038; upper bound at the fourth 0.5819.
        var events = new[] { 140.0, 150, 160, 170, 180 }.Select(step => new Observation(step, true)).ToList();

        Assert.Equal(new MedianEstimate(160, 140, null, 5, 0), KaplanMeier.Median(events));
        Assert.Equal(0.2038, KaplanMeier.Curve(events)[0].Low!.Value, 1e-4);
        Assert.Equal(0.5819, KaplanMeier.Curve(events)[3].High!.Value, 1e-4);
    }

    [Fact]
    public void A_curve_that_is_exactly_one_half_has_reached_the_median()
    {
        // (9/10)(8/9)…(5/6) is one half on paper, not in floating point.
        var events = Enumerable.Range(1, 10).Select(step => new Observation(step, true));

        Assert.Equal(5.0, KaplanMeier.Median(events).Median);
    }

    [Fact]
    public void Nobody_observed_is_nobody_counted() => Assert.Equal(new MedianEstimate(null, null, null, 0, 0), KaplanMeier.Median([]));

    [Fact]
    public void The_order_of_runs_does_not_change_a_bit() =>
        Generate.Shuffled(Observations).Sample(pair => Assert.Equal(KaplanMeier.Curve(pair.Items), KaplanMeier.Curve(pair.Shuffled)));

    [Fact]
    public void The_curve_falls_and_its_interval_holds_it() => Observations.Sample(observations =>
    {
        var before = 1.0;
        foreach (var point in KaplanMeier.Curve(observations))
        {
            Assert.True(point.Share < before);
            Assert.True(point.Low is null ? point.Share == 0 : point.Low <= point.Share && point.Share <= point.High);
            before = point.Share;
        }
    });

    [Fact]
    public void Censoring_a_run_earlier_never_brings_the_median_forward() => Observations.Where(o => o.Length > 0).Sample(observations =>
    {
        Observation[] censored = [.. observations];
        censored[0] = censored[0] with { Observed = false };
        var (all, fewer) = (KaplanMeier.Median(observations).Median, KaplanMeier.Median(censored).Median);
        Assert.True(fewer is null || all <= fewer);
    });

    [Fact]
    public void A_time_that_is_no_time_is_refused() =>
        Assert.Throws<ArgumentException>(() => KaplanMeier.Curve([new Observation(double.NaN, true)]));
}
