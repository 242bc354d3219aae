using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Tests.Projection;

namespace Orchestrator.Results.Tests.Findings;

public sealed class TrajectoriesTests
{
    [Fact]
    public async Task The_last_point_of_a_curve_has_the_interval_of_the_table_of_groups()
    {
        await using var side = await ReadSide.Start();
        side.ReadsFinals = true;
        await side.Set(RunState.Completed, 3, [.. Enumerable.Range(0, 20)]);

        var groups = (await side.Result()).Groups;
        var curves = (await side.Trajectory()).Groups;

        Assert.Equal(2, groups.Count);
        foreach (var (group, curve) in groups.Zip(curves))
        {
            var last = curve.Points[^1];
            Assert.NotNull(group.Mean("final_loss").High);
            Assert.Equal(group.Mean("final_loss"), last.Loss);
            Assert.Equal(group.Mean("icl_score"), last.IclScore);
            Assert.Equal(group.Mean("prefix_matching_max"), last.PrefixMatchingMax);
        }
    }
}
