using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Tests.Sweeps;

public sealed class SweepGroupsTests
{
    private static readonly Sweep Sweep = SweepFile.Parse(
        """
        name: none-or-two
        model: { layers: 2, heads: 1, d_model: 16, n_ctx: 32 }
        data: { kind: language, vocab: 32 }
        train: { steps: 10, batch: 4 }
        seeds: 0..2
        grid: { model.layers: [0, 2] }
        """,
        "sweep.yaml").Value!.Sweep;

    [Theory]
    [InlineData(null)]
    [InlineData(0)]     // as older servers stored it
    public void A_model_without_heads_is_excluded_and_no_evidence_that_none_forms(int? induction)
    {
        var group = Summarize(layers: 0, Finals(3, -0.1, null, induction));

        Assert.Equal((3, 3), (group.Completed, group.Excluded));
        Assert.Equal(new ShareEstimate(null, null, null, 0), group.InductionShare());
        Assert.Equal((0, 0, 3), (group.Mean("prefix_matching_max").N, group.TransitionStep().N, group.Mean("final_loss").N));
    }

    [Theory]
    [InlineData(3.0, -0.1, 0.5, 1, 0, 3)]
    [InlineData(3.0, -0.1, 0.1, 0, 0, 3)]
    [InlineData(3.0, -0.1, null, null, 3, 0)]
    public void A_model_with_heads_is_counted_or_excluded(double? loss, double? icl, double? prefix, int? induction, int excluded, int counted)
    {
        var group = Summarize(layers: 2, Finals(loss, icl, prefix, induction));

        Assert.Equal((3, excluded, counted), (group.Completed, group.Excluded, group.InductionShare().N));
    }

    private static RunFinals Finals(double? loss, double? icl, double? prefix, int? induction) => new()
    {
        Metrics = new (string Name, double? Value)[] { ("final_loss", loss), ("icl_score", icl), ("prefix_matching_max", prefix) }
            .Where(metric => metric.Value is not null).ToDictionary(metric => metric.Name, metric => metric.Value!.Value),
        InductionHeads = induction,
    };

    private static SweepGroup Summarize(int layers, RunFinals finals)
    {
        int[] members = [.. Enumerable.Range(0, (int)Sweep.Count).Where(i => ((ModelConfiguration)Sweep.RunAt(i).Model).Layers == layers)];
        Assert.Equal(3, members.Length);
        return SweepGroups.Summarize(Sweep, Sweep.PointAt(members[0]), members, _ => (RunState.Completed, finals));
    }
}
