using CsCheck;
using Orchestrator.Kernels.Measures;

namespace Orchestrator.Kernels.Tests.Measures;

public sealed class TransitionTests
{
    [Fact]
    public void A_crossing_is_interpolated_between_the_two_snapshots_around_it()
    {
        var crossing = Crossing.Find([0, 20, 40, 60], [0.1, 0.2, 0.6, 0.3], 0.4);
        Assert.Equal(new Crossing(20, 40, 30), crossing);
    }

    [Fact]
    public void A_curve_that_starts_above_the_threshold_crosses_at_its_first_snapshot() =>
        Assert.Equal(new Crossing(5, 5, 5), Crossing.Find([5, 10], [0.5, 0.6], 0.4));

    [Fact]
    public void A_curve_that_never_reaches_the_threshold_has_no_crossing() => Assert.Null(Crossing.Find([0, 20], [0.1, 0.39], 0.4));

    [Fact]
    public void Undefined_snapshots_are_passed_over() =>
        Assert.Equal(new Crossing(0, 40, 20), Crossing.Find([0, 20, 40], [0.2, double.NaN, 0.6], 0.4));

    [Fact]
    public void A_sigmoid_is_found_again() =>
        (from mid in Gen.Double[60, 300] from width in Gen.Double[0.1, 0.3] from low in Gen.Double[-0.2, 0] from change in Gen.Double[-3, -0.3] select (mid, width, low, change))
        .Sample(p =>
        {
            double[] steps = [.. Enumerable.Range(0, 100).Select(k => 10.0 * k)];
            double[] values = [.. steps.Select(s => s == 0 ? p.low : p.low + p.change / (1 + Math.Exp(-(Math.Log(s) - Math.Log(p.mid)) / p.width)))];
            var fit = SigmoidTransition.Fit(steps, values);
            Assert.NotNull(fit);
            Assert.Equal(1, fit.Midpoint / p.mid, 1e-3);
            Assert.Equal(4.394449 * p.width, fit.Width, 1e-2);
            Assert.Equal(p.low, fit.Before, 1e-2);
            Assert.Equal(p.low + p.change, fit.After, 1e-2);
            Assert.Equal(1, fit.SteepestAt / p.mid, 0.25);
        }, iter: 50);

    [Fact]
    public void A_curve_that_changes_by_less_than_015_nats_has_no_transition()
    {
        double[] steps = [.. Enumerable.Range(1, 50).Select(k => 10.0 * k)];
        Assert.Null(SigmoidTransition.Fit(steps, [.. steps.Select(s => 0.14 / (1 + Math.Exp(-(Math.Log(s) - 4) / 0.2)))]));
        Assert.Null(SigmoidTransition.Fit(steps, [.. steps.Select(_ => 0.0)]));
        Assert.Null(SigmoidTransition.Fit([1, 2, 3, 4], [0, 0, 1, 1]));
    }
}
