namespace Orchestrator.Contracts.Runs;

/// <summary>Where a run stands. Spelled in JSON as <c>stopped_early</c> and so on.</summary>
public enum RunState
{
    /// <summary>Part of a sweep, not yet handed out; has no row and no message.</summary>
    Pending,
    /// <summary>Handed out; no worker has claimed this attempt yet.</summary>
    Dispatched,
    /// <summary>A worker holds the lease and trains.</summary>
    Training,
    /// <summary>Trained; the last measurements are being taken under the same lease.</summary>
    Measuring,
    /// <summary>Held back on request; keeps its last checkpoint.</summary>
    Paused,
    /// <summary>The lease ended without a result; the next attempt follows.</summary>
    Lost,
    /// <summary>Ended without a result that counts; the reason is stored.</summary>
    Failed,
    /// <summary>Ended before its last step by a rule of the sweep.</summary>
    StoppedEarly,
    /// <summary>Ended on request.</summary>
    Cancelled,
    /// <summary>Trained and measured to the end.</summary>
    Completed,
}

/// <summary>Questions that are asked of a state in more than one place.</summary>
public static class RunStates
{
    /// <summary>Whether the state is final.</summary>
    public static bool IsFinal(this RunState state) =>
        state is RunState.Failed or RunState.StoppedEarly or RunState.Cancelled or RunState.Completed;

    /// <summary>Whether the run is in somebody's hands: handed out and not ended.</summary>
    public static bool IsOpen(this RunState state) =>
        state is RunState.Dispatched or RunState.Training or RunState.Measuring or RunState.Lost;
}
