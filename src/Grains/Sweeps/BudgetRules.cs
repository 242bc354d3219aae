using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;

namespace Orchestrator.Grains.Sweeps;

/// <summary>What a sweep's budget still allows.</summary>
internal static class BudgetRules
{
    /// <summary>Runs that may still be started.</summary>
    public static int Room(Budget? budget, SweepBoard board) =>
        budget?.Runs is { } runs ? Math.Max(0, runs - (board.Total - board.Count(RunState.Pending))) : int.MaxValue;

    /// <summary>
    /// Why nothing more may be handed out, and whether the sweep ends now; null where something may. A run that was lost was
    /// started once and may end, as long as there is device time.
    /// </summary>
    public static (string Reason, bool EndsNow)? UsedUp(Budget? budget, SweepBoard board)
    {
        var lost = board.Count(RunState.Lost);
        if (budget?.DeviceHours is { } hours && board.DeviceSeconds >= hours * 3600)
        {
            return ($"the budget of {hours} device hours is used up", board.Open.Count == lost);
        }
        return Room(budget, board) == 0 && board.Count(RunState.Pending) > 0 && lost == 0
            ? ($"the budget of {budget!.Runs} runs is used up", board.Open.Count == 0)
            : null;
    }
}
