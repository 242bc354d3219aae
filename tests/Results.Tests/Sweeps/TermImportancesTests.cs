using Orchestrator.Contracts.Api;
using Orchestrator.Results.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Tests.Sweeps;

public sealed class TermImportancesTests
{
    [Fact]
    public void Marginals_and_shares_are_taken_in_each_run_before_they_are_averaged()
    {
        var terms = TermImportances.Summarize([new(4, [3, 1.5, 1], [2.9, 1.7]), new(4, [3.5, 2, 2], [3.3, 2.1])])!;
        Assert.Equal([3.25, 1.75, 1.5], terms.LossByOrder.Select(e => e.Mean!.Value));
        Assert.Equal([0.75, 1.5, 0.25], terms.Marginal.Select(e => e.Mean!.Value));
        // One run spreads its 3 nats as 1/3, 1/2, 1/6, the other its 2 nats as 1/4, 3/4, 0.
        Assert.Equal([7.0 / 24, 0.625, 1.0 / 12], terms.ShareOfReductionByOrder.Select(e => e.Mean!.Value), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([3.1, 1.9], terms.DirectPlusLayerLoss.Select(e => e.Mean!.Value), (a, b) => Math.Abs(a - b) < 1e-12);
        // 0.5 and 0 nats: n = 2, so the half width is t(0.975, 1) = 12.706 times half the difference.
        Assert.Equal(0.25 + 12.7062047 * 0.25, terms.Marginal[2].High!.Value, 1e-6);
        Assert.Equal((4, 2), (terms.UniformLoss.Mean, terms.UniformLoss.N));
    }

    [Fact]
    public void The_luck_of_held_out_sequences_joins_every_interval()
    {
        var terms = TermImportances.Summarize([Run(), Run()])!;

        // Runs that agree: the interval is 1.96 errors, of a difference those of both sides.
        Assert.Equal([0.1, 0.2], terms.LossByOrder.Select(Error), Close);
        Assert.Equal([0.1, Math.Sqrt(0.05)], terms.Marginal.Select(Error), Close);
        Assert.Equal([0.3], terms.DirectPlusLayerLoss.Select(Error), Close);
        // Shares of 3 nats are 1/3 and 2/3; the second falls with L_1 in its denominator as the first rises.
        Assert.Equal([Math.Sqrt(0.01 + 0.04 / 9) / 3, Math.Sqrt(0.01 + 0.04 / 9) / 3], terms.ShareOfReductionByOrder.Select(Error), Close);

        static RunTerms Run() => new(4, [3, 1], [2]) { LossErrors = [0.1, 0.2], DirectPlusLayerErrors = [0.3] };
        static double Error(MeanEstimate estimate) => (estimate.High!.Value - estimate.Mean!.Value) / 1.959963984540054;
        static bool Close(double a, double b) => Math.Abs(a - b) < 1e-12;
    }

    [Fact]
    public void Runs_of_other_depths_count_where_they_have_an_order_and_nothing_learned_has_no_shares()
    {
        var terms = TermImportances.Summarize([new(4, [4.5], []), new(4, [3, null, 1], [2, null])])!;
        Assert.Equal([2, 0, 1], terms.LossByOrder.Select(e => e.N));
        Assert.Equal([2, 0, 0], terms.Marginal.Select(e => e.N));
        Assert.Equal([1, 0, 0], terms.ShareOfReductionByOrder.Select(e => e.N));
        Assert.Equal([1, 0], terms.DirectPlusLayerLoss.Select(e => e.N));
        Assert.Null(TermImportances.Summarize([]));
    }
}
