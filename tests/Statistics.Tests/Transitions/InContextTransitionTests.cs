using CsCheck;
using Orchestrator.Statistics.Transitions;

namespace Orchestrator.Statistics.Tests.Transitions;

public sealed class InContextTransitionTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(0, 31).Select(i => 20 * i)];

    [Fact]
    public void A_sigmoid_is_found_again() =>
        Gen.Select(Gen.Double[-0.3, 0.1], Gen.Double[0.3, 3], Gen.Double[60, 400], Gen.Double[0.08, 0.5]).Sample((before, drop, half, width) =>
        {
            var found = InContextTransition.Of(Steps, Scores(before, before - drop, half, width))!;

            Assert.Equal(half, found.HalfStep!.Value, 1e-3 * half);
            Assert.Equal(before, found.Fit!.Before, 2e-3 * drop);
            Assert.Equal(before - drop, found.Fit.After, 2e-3 * drop);
            Assert.Equal(4.394449 * width, found.Fit.Width, 5e-3 * width);
            Assert.InRange(found.Fit.Residual, 0, 1e-4 * drop);
            Assert.InRange(half, found.Crossing!.After!.Value, found.Crossing.Upto);
        }, iter: 60);

    [Fact]
    public void Noise_moves_the_midpoint_a_little()
    {
        var noisy = Scores(-0.05, -0.9, 160, 0.15).Select((score, i) => score + 0.03 * Math.Sin(7.3 * i)).ToList();

        var found = InContextTransition.Of(Steps, noisy)!;

        Assert.Equal(160, found.HalfStep!.Value, 8.0);
        Assert.Equal(160, found.SteepestStep!.Value, 30.0);
        Assert.InRange(found.Fit!.Residual, 0.01, 0.03);
    }

    [Theory]
    [InlineData(-0.05, -0.15)] // too small a change
    [InlineData(-0.8, -0.1)] // the model forgets
    public void What_is_no_gain_in_context_is_censored(double before, double after)
    {
        var found = InContextTransition.Of(Steps, Scores(before, after, 160, 0.15))!;

        Assert.True(found.Censored);
        Assert.Null(found.Crossing);
        Assert.Equal(600, found.LastStep);
    }

    [Fact]
    public void A_run_that_has_only_begun_to_change_is_censored() =>
        Assert.True(InContextTransition.Of(Steps, Scores(0, -2, 1500, 0.1))!.Censored);

    [Fact]
    public void Flat_few_or_missing_scores_have_no_fit()
    {
        Assert.Null(InContextTransition.Of(Steps, [.. Steps.Select(_ => (double?)-0.1)])!.Fit);
        Assert.Null(InContextTransition.Of([0, 10, 20, 30, 40], [0.0, -0.1, -0.5, -0.9, -0.9])!.Fit);
        Assert.Null(InContextTransition.Of([0, 10], [-0.1, null]));
        Assert.True(InContextTransition.Of([0, 10], [-0.1, -0.2])!.Censored);
    }

    [Fact]
    public void Undefined_scores_and_step_0_are_passed_over()
    {
        double?[] scores = [.. Scores(0, -1, 160, 0.2)];
        scores[0] = 1e9;
        (scores[5], scores[9]) = (null, double.NaN);

        Assert.Equal(160, InContextTransition.Of(Steps, scores)!.HalfStep!.Value, 0.1);
    }

    private static double?[] Scores(double before, double after, double half, double width) =>
        [.. Steps.Select(step => (double?)(step == 0 ? before : before + (after - before) / (1 + Math.Exp(-Math.Log(step / half) / width))))];
}
