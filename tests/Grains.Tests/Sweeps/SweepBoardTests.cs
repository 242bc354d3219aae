using Orchestrator.Contracts.Api;
using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Tests.Sweeps;

public sealed class SweepBoardTests
{
    [Fact]
    public void A_sweep_that_has_ended_has_nothing_in_anybodys_hands()
    {
        var board = new SweepBoard(6) { Closed = true };
        board.Set(0, RunState.Completed);
        board.Set(1, RunState.Training);
        board.Set(2, RunState.Lost);
        board.Apply(new RunRow { SweepId = "s", Index = 3, RunId = "r", State = RunState.Measuring, Attempt = 2, Finals = new() });
        board.Set(4, RunState.Failed);

        Assert.Equal(new RunCounts { Total = 6, Completed = 2, Failed = 1, Cancelled = 3 }, board.EndedCounts());
        Assert.Equal(1, board.Counts().Training);
    }

    [Fact]
    public void Counts_by_state_always_sum_to_the_expansion() =>
        Gen.Select(Gen.Int[0, 19], Gen.Enum<RunState>()).List[0, 100].Sample(changes =>
        {
            var board = new SweepBoard(20);
            foreach (var (index, state) in changes)
            {
                board.Set(index, state);
            }
            var c = board.Counts();
            Assert.Equal(20, c.Completed + c.Failed + c.Cancelled + c.Pending + c.Dispatched + c.Training + c.Measuring + c.Paused + c.Lost + c.StoppedEarly);
            Assert.Equal(Enumerable.Range(0, 20).Where(i => board.State(i).IsOpen()), board.Open);
        });

    [Fact]
    public void A_pack_holds_runs_of_one_grid_point_only()
    {
        var board = new SweepBoard(12);
        Assert.Equal([0, 3, 6, 9], board.NextPack((_, _) => 8, room: 12, stride: 3));
        board.Set(0, RunState.Dispatched);
        Assert.Equal([1, 4], board.NextPack((_, _) => 8, room: 2, stride: 3));
    }

    [Fact]
    public void What_was_lost_goes_before_what_is_pending()
    {
        var board = new SweepBoard(4);
        board.Set(0, RunState.Training);
        board.Set(0, RunState.Lost);
        Assert.Equal([0], board.NextPack((_, _) => 4, room: 4, stride: 1));
    }

    [Fact]
    public void Lost_runs_are_packed_again_in_packs_that_are_smaller_with_every_loss()
    {
        var board = new SweepBoard(200);
        Assert.Equal([2, 1], new[] { 1, 2 }.Select(loss =>
        {
            for (var index = 0; index < 100; index++)
            {
                board.Set(index, RunState.Training);
                board.Set(index, RunState.Lost);
            }
            return board.NextPack((_, waiting) => Math.Min(waiting, 32), room: 200, stride: 1).Count;
        }));
        board.Set(100, RunState.Training);
        board.Set(100, RunState.Lost);
        Assert.Equal([0], board.NextPack((_, _) => 32, room: 200, stride: 1)); // the first one decides
    }

    [Fact]
    public void Completed_runs_that_are_to_be_measured_go_before_pending_ones_and_those_alone_when_the_board_is_closed()
    {
        var board = new SweepBoard(6);
        foreach (var index in new[] { 0, 1, 2, 3 })
        {
            board.Set(index, RunState.Completed);
        }
        board.Closed = true;
        Assert.True(board.Done);
        foreach (var index in new[] { 0, 1, 2, 5 })
        {
            board.Measure(index);
        }
        Assert.Equal([0, 1, 2], board.ToMeasure); // 5 has no result to measure again
        Assert.False(board.Done);
        Assert.Equal([0, 2], board.NextPack((_, _) => 4, room: 4, stride: 2));
        board.Set(0, RunState.Dispatched);
        board.Set(2, RunState.Dispatched);
        Assert.Equal([1], board.NextPack((_, _) => 4, room: 4, stride: 2));
        board.Set(1, RunState.Dispatched);
        Assert.Empty(board.NextPack((_, _) => 4, room: 4, stride: 2));
        Assert.Equal((0, 2), (board.Counts().Pending, board.Counts().Cancelled));
    }

    [Fact]
    public void Device_time_of_a_run_that_ends_twice_is_what_both_ends_took_together()
    {
        var board = new SweepBoard(1);
        var row = new RunRow { SweepId = "s", Index = 0, RunId = "r", State = RunState.Completed, Attempt = 1, DeviceSeconds = 2 };
        board.Apply(row);
        board.Apply(row with { State = RunState.Measuring, Attempt = 2 });
        board.Apply(row with { Attempt = 2, DeviceSeconds = 2.5 });
        Assert.Equal(2.5, board.DeviceSeconds);
    }

    [Fact]
    public void Device_time_counts_once_however_often_an_end_is_told()
    {
        var board = new SweepBoard(1);
        var row = new RunRow { SweepId = "s", Index = 0, RunId = "r", State = RunState.Completed, Attempt = 1, DeviceSeconds = 2 };
        board.Apply(row);
        board.Apply(row);
        Assert.Equal(2, board.DeviceSeconds);
    }

    [Fact]
    public void A_million_ended_runs_cost_less_than_40_bytes_each()
    {
        const int Runs = 1_000_000;
        var row = new RunRow { SweepId = "s", Index = 0, RunId = "r", State = RunState.Completed, Attempt = 1, DeviceSeconds = 2, Step = 300, Finals = new() };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var board = new SweepBoard(Runs);
        for (var index = 0; index < Runs; index++)
        {
            board.Apply(row with { Index = index, State = RunState.Training });
            board.Apply(row with { Index = index });
        }
        Assert.Equal(Runs, board.Counts().Completed);
        Assert.InRange((GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Runs, 8, 40);
        GC.KeepAlive(board);
    }
}
