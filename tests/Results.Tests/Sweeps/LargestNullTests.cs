using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Tests.Sweeps;

public sealed class LargestNullTests
{
    private static readonly Sweep Sweep = SweepFile.Parse(
        """
        name: by-depth
        model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32 }
        data: { kind: language, vocab: 32 }
        train: { steps: 10, batch: 4 }
        seeds: 0..2
        grid: { model.layers: [1, 2, 3] }
        """,
        "sweep.yaml").Value!.Sweep;

    private static readonly RunFinals Finals = new()
    {
        Metrics = new Dictionary<string, double> { ["final_loss"] = 2, ["prefix_matching_max"] = 0.5, ["k_composition_excess_max"] = 0.1 },
        InductionHeads = 1,
    };

    [Theory]
    [InlineData(2, 4, 4)]
    [InlineData(3, 6, 12)]
    public void A_largest_score_stands_beside_the_null_for_as_many_heads_or_pairs(int layers, int heads, int pairs)
    {
        var group = Summarize(model => model.Layers == layers);

        Assert.Equal((heads, 0.0431), (group.Null("prefix_matching_max")!.Of, Math.Round(group.Null("prefix_matching_max")!.Mean, 4))); // math.md 5.1, 15 tokens twice
        Assert.Equal(pairs, group.Null("k_composition_excess_max")!.Of);
        Assert.Equal(0.1, group.Mean("k_composition_excess_max").Mean!.Value, 1e-12);
        Assert.Null(group.Null("final_loss"));
        Assert.Null(group.Null("q_composition_excess_max"));    // no run has a value
    }

    [Fact]
    public void More_pairs_have_a_larger_null() => Assert.True(
        Summarize(model => model.Layers == 3).Null("k_composition_excess_max")!.Mean > Summarize(model => model.Layers == 2).Null("k_composition_excess_max")!.Mean);

    [Fact]
    public void Runs_that_differ_in_their_null_have_none()
    {
        var group = Summarize(model => model.Layers > 1);

        Assert.Equal((6, 6), (group.Completed, group.Mean("prefix_matching_max").N));
        Assert.Null(group.Null("prefix_matching_max"));
        Assert.DoesNotContain("null\":", group.Metrics["prefix_matching_max"].GetRawText(), StringComparison.Ordinal);
    }

    private static SweepGroup Summarize(Func<ModelConfiguration, bool> which)
    {
        int[] members = [.. Enumerable.Range(0, (int)Sweep.Count).Where(i => which((ModelConfiguration)Sweep.RunAt(i).Model))];
        return SweepGroups.Summarize(Sweep, Sweep.PointAt(members[0]), members, _ => (RunState.Completed, Finals));
    }
}
