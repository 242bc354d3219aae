using Orchestrator.Results.Sweeps;

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
