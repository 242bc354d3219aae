using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Models;

namespace Orchestrator.Grains.Tests.Models;

public sealed class ModelStateTests
{
    private static RunPlan Plan(int newest, bool keep = false) =>
        new() { SnapshotSteps = [0, 100], Measures = [], Checkpoints = new CheckpointRetention { Newest = newest, KeepCompleted = keep } };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Checkpoints_are_kept_newest_first_and_as_many_as_the_plan_says(int newest)
    {
        var state = new ModelState { Plan = Plan(newest) };
        foreach (var step in Enumerable.Range(1, 9))
        {
            state.Keep(new StoredCheckpoint(step, $"hash {step}"));
            state.Keep(new StoredCheckpoint(step, $"hash {step}")); // the same message again
        }

        Assert.Equal(Enumerable.Range(0, newest).Select(back => 9 - back), state.Checkpoints.Select(c => c.Step));
    }

    [Fact]
    public void Of_two_sweeps_that_share_a_run_the_one_that_keeps_more_has_its_way()
    {
        var all = Plan(3).Union(Plan(2, keep: true)).Checkpoints;

        Assert.Equal(new CheckpointRetention { Newest = 3, KeepCompleted = true }, all);
    }
}
