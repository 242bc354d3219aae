using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Grains.Models;

/// <summary>The part of a model's state that decides what may happen next. Changed by <see cref="Next"/> alone.</summary>
/// <param name="State">Where the run stands.</param>
/// <param name="Attempt">Fencing number of the newest attempt; 0 before the first.</param>
/// <param name="Fruitless">Attempts in a row that ended without a newer checkpoint or a result.</param>
/// <param name="Worker">Who holds or last held the lease.</param>
/// <param name="Reason">Why it ended or was lost.</param>
public sealed record RunLifecycle(RunState State, int Attempt, int Fruitless, string? Worker, string? Reason)
{
    /// <summary>A run that nobody has asked for yet.</summary>
    public static RunLifecycle New { get; } = new(RunState.Pending, 0, 0, null, null);

    /// <summary>A run whose attempts end this often in a row without progress is failed.</summary>
    public const int MostFruitless = 3;

    /// <summary>What is new since an earlier lifecycle of the same run, in words for its log; null if nothing is.</summary>
    public string? Telling(RunLifecycle before) => (State, Attempt) == (before.State, before.Attempt)
        ? null
        : State switch
        {
            RunState.Dispatched => "handed out",
            RunState.Training or RunState.Measuring when before.State == RunState.Dispatched => $"claimed by {Worker}, {(State == RunState.Training ? "to train" : "to measure what is stored")}",
            RunState.Measuring => "trained to the end",
            _ => $"{Json.Name(State)}{(Reason is null ? "" : $": {Reason}")}",
        };

    /// <summary>The allowed moves, all of them. Null means refused: the event does not fit the state or names another attempt.</summary>
    public RunLifecycle? Next(RunEvent happened) => (State, happened) switch
    {
        (RunState.Pending or RunState.Lost or RunState.Paused, RunEvent.Dispatched) =>
            this with { State = RunState.Dispatched, Attempt = Attempt + 1, Worker = null },

        (RunState.Dispatched, RunEvent.Claimed e) when e.Attempt == Attempt =>
            this with { State = e.Trains ? RunState.Training : RunState.Measuring, Worker = e.Worker, Reason = null },
        (RunState.Training or RunState.Measuring, RunEvent.Claimed e) when e.Attempt == Attempt && e.Worker == Worker => this,

        (RunState.Training or RunState.Measuring, RunEvent.Progressed e) when Holds(e) => this with { Fruitless = 0 },
        (RunState.Training, RunEvent.TrainedToTheEnd e) when Holds(e) => this with { State = RunState.Measuring },

        (RunState.Training or RunState.Measuring, RunEvent.Succeeded e) when Holds(e) => this with { State = RunState.Completed, Reason = null },
        (RunState.Training or RunState.Measuring, RunEvent.Refuted e) when Holds(e) => this with { State = RunState.Failed, Reason = e.Reason },
        (RunState.Training or RunState.Measuring, RunEvent.Faulted e) when Holds(e) => LoseOrFail(e.Reason),
        (RunState.Training or RunState.Measuring, RunEvent.Released e) when Holds(e) => this with { State = RunState.Lost, Reason = e.Reason },

        (RunState.Training or RunState.Measuring, RunEvent.LeaseExpired e) => LoseOrFail(e.Reason),
        (RunState.Training or RunState.Measuring, RunEvent.ProcessRestarted) =>
            this with { State = RunState.Lost, Reason = "the process that held the run was restarted" },

        (RunState.Failed or RunState.StoppedEarly or RunState.Cancelled or RunState.Completed, RunEvent.Cancelled) => null,
        (_, RunEvent.Cancelled e) => this with { State = RunState.Cancelled, Reason = e.Reason },

        (RunState.Completed or RunState.Failed or RunState.Cancelled or RunState.StoppedEarly, RunEvent.AskedAgain) =>
            this with { State = RunState.Pending, Fruitless = 0, Reason = null },
        _ => null,
    };

    private bool Holds(RunEvent.Held e) => e.Attempt == Attempt && e.Worker == Worker;

    private RunLifecycle LoseOrFail(string reason) => Fruitless + 1 >= MostFruitless
        ? this with { State = RunState.Failed, Fruitless = Fruitless + 1, Reason = $"{MostFruitless} attempts in a row made no progress; the last one: {reason}" }
        : this with { State = RunState.Lost, Fruitless = Fruitless + 1, Reason = reason };
}

/// <summary>What can happen to a run.</summary>
public abstract record RunEvent
{
    /// <summary>Put into a pack under the next attempt.</summary>
    public sealed record Dispatched : RunEvent;
    /// <summary>A worker asks for the lease, to train or only to measure what is stored.</summary>
    public sealed record Claimed(int Attempt, string Worker, bool Trains = true) : RunEvent;
    /// <summary>Something that only the holder of the lease can say.</summary>
    public abstract record Held(int Attempt, string Worker) : RunEvent;
    /// <summary>A newer checkpoint or snapshot became durable.</summary>
    public sealed record Progressed(int Attempt, string Worker) : Held(Attempt, Worker);
    /// <summary>The last optimizer step is done; measurements remain.</summary>
    public sealed record TrainedToTheEnd(int Attempt, string Worker) : Held(Attempt, Worker);
    /// <summary>Trained and measured to the end.</summary>
    public sealed record Succeeded(int Attempt, string Worker) : Held(Attempt, Worker);
    /// <summary>It cannot succeed; trying again would fail the same way.</summary>
    public sealed record Refuted(int Attempt, string Worker, string Reason) : Held(Attempt, Worker);
    /// <summary>It went wrong where another attempt may not.</summary>
    public sealed record Faulted(int Attempt, string Worker, string Reason) : Held(Attempt, Worker);
    /// <summary>Given back on purpose; costs no attempt.</summary>
    public sealed record Released(int Attempt, string Worker, string Reason) : Held(Attempt, Worker);
    /// <summary>The lease was not renewed in time.</summary>
    public sealed record LeaseExpired(string Reason) : RunEvent;
    /// <summary>The one process that could hold the lease is gone; costs no attempt.</summary>
    public sealed record ProcessRestarted : RunEvent;
    /// <summary>Ended on request.</summary>
    public sealed record Cancelled(string Reason) : RunEvent;
    /// <summary>A sweep asks for more than an ended run has: other snapshots, other measures, or another try.</summary>
    public sealed record AskedAgain : RunEvent;
}
