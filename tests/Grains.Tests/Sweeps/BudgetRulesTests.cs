using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Tests.Sweeps;

public sealed class BudgetRulesTests
{
    [Fact]
    public void A_lost_run_is_continued_although_the_budget_of_runs_is_used_up()
    {
        var board = Board(RunState.Completed, RunState.Lost, RunState.Pending);
        Assert.Equal(0, BudgetRules.Room(new Budget(2, null), board));
        Assert.Null(BudgetRules.UsedUp(new Budget(2, null), board));
    }

    [Fact]
    public void A_used_up_budget_ends_the_sweep_when_nothing_is_open_any_more()
    {
        Assert.False(BudgetRules.UsedUp(new Budget(2, null), Board(RunState.Completed, RunState.Training, RunState.Pending))!.Value.EndsNow);
        Assert.True(BudgetRules.UsedUp(new Budget(2, null), Board(RunState.Completed, RunState.Failed, RunState.Pending))!.Value.EndsNow);
    }

    [Fact]
    public void Out_of_device_time_not_even_lost_runs_are_continued()
    {
        var board = Board(RunState.Pending, RunState.Lost, RunState.Pending);
        board.Apply(new RunRow { SweepId = "s", Index = 0, RunId = "r", State = RunState.Completed, Attempt = 1, DeviceSeconds = 3600 });
        Assert.True(BudgetRules.UsedUp(new Budget(null, 1), board)!.Value.EndsNow);
        Assert.Null(BudgetRules.UsedUp(new Budget(null, 2), board));
    }

    [Fact]
    public void A_budget_that_covers_the_expansion_changes_nothing() =>
        Assert.Null(BudgetRules.UsedUp(new Budget(2, null), Board(RunState.Completed, RunState.Completed)));

    private static SweepBoard Board(params RunState[] states)
    {
        var board = new SweepBoard(states.Length);
        for (var i = 0; i < states.Length; i++)
        {
            board.Set(i, states[i]);
        }
        return board;
    }
}
