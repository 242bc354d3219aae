using CsCheck;
using Orchestrator.Statistics.Comparisons;

namespace Orchestrator.Statistics.Tests.Comparisons;

public sealed class ComparisonTests
{
    [Fact]
    public void Adjusted_p_values_are_those_of_the_papers_example()
    {
        // Benjamini and Hochberg 1995, section 3.2; adjusted as R's p.adjust(p, "BH") does it: the first four stand at 0.05.
        double[] p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000];
        double[] expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571429, 0.0638571429, 0.0645, 0.0765, 0.486, 0.5811818182, 0.714875, 0.7532307692, 0.8132142857, 1];

        var adjusted = BenjaminiHochberg.Adjust(p);

        Assert.All(expected.Zip(adjusted), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.Equal(adjusted.Reverse(), BenjaminiHochberg.Adjust([.. p.Reverse()]));
        Assert.Empty(BenjaminiHochberg.Adjust([]));
        Assert.Throws<ArgumentException>(() => BenjaminiHochberg.Adjust([0.5, 1.5]));
        Assert.Throws<ArgumentException>(() => BenjaminiHochberg.Adjust([double.NaN]));
    }

    [Theory] // exact limits: 2 / 2^n
    [InlineData(5, 0.0625)]
    [InlineData(6, 0.03125)]
    public void A_lead_in_every_run_is_as_sure_as_the_number_of_runs_allows(int runs, double p)
    {
        var estimate = LeadLag.Paired(Enumerable.Range(1, runs).Select(run => (100.0 * run, 100.0 * run + 20)));

        Assert.Equal(p, estimate.SignTestP!.Value, 1e-12);
        Assert.Equal((20.0, 20.0, 20.0), (estimate.Difference.Mean, estimate.Difference.Low, estimate.Difference.High));
        Assert.Equal(1.0, estimate.Leads.Value);
    }

    [Fact]
    public void Ties_are_counted_and_decide_nothing()
    {
        var estimate = LeadLag.Paired([(1, 1), (1, 2), (3, 1)]);

        Assert.Equal((1, 1.0 / 3, 3), (estimate.Ties, estimate.Leads.Value, estimate.Leads.N));
        Assert.Equal(1.0, estimate.SignTestP);
        Assert.Null(LeadLag.Paired([(1, 1)]).SignTestP);
    }

    [Fact]
    public void Groups_that_do_not_overlap_still_have_an_interval()
    {
        var share = Precedence.Estimate([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]);

        Assert.Equal((1.0, 1.0, 10), (share.Value, share.High, share.N));
        Assert.InRange(share.Low!.Value, 0.5, 0.8);
    }

    [Fact]
    public void The_bounds_of_P_X_below_Y_are_where_the_estimate_is_z_standard_errors_away() =>
        Gen.Select(Generate.Values(2), Generate.Values(2)).Sample((x, y) =>
        {
            var share = Precedence.Estimate(x, y);
            Assert.True(0 <= share.Low && share.Low <= share.Value && share.Value <= share.High && share.High <= 1);
            foreach (var theta in new[] { share.Low!.Value, share.High!.Value }.Where(theta => theta is > 0 and < 1 && theta != share.Value))
            {
                // Newcombe's equation in Hanley and McNeil's own terms, Q1 and Q2.
                var (q1, q2, size) = (theta / (2 - theta), 2 * theta * theta / (1 + theta), (x.Length + y.Length) / 2.0);
                var variance = (theta * (1 - theta) + (size - 1) * (q1 - theta * theta + q2 - theta * theta)) / (x.Length * (double)y.Length);
                Assert.Equal(1.959963984540054, Math.Abs(share.Value!.Value - theta) / Math.Sqrt(variance), 1e-6);
            }
            var mirror = Precedence.Estimate(y, x);
            Assert.Equal(share.Value!.Value, 1 - mirror.Value!.Value, 1e-12);
            Assert.Equal(share.Low!.Value, 1 - mirror.High!.Value, 1e-9);
        });

    [Fact]
    public void P_X_below_Y_counts_pairs_with_ties_as_halves()
    {
        Assert.Equal(6.5 / 9, Precedence.Estimate([1, 2, 4], [2, 3, 5]).Value!.Value, 1e-12); // 3 + 2.5 + 1
        Assert.Null(Precedence.Estimate([], [1]).Value);
    }
}
