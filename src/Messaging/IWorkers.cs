using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging;

/// <summary>What the control plane says to workers. Never called inside a grain's turn: see the dispatch pump.</summary>
public interface IWorkers
{
    /// <summary>Puts a pack into a work queue: that of a device class, or of requirements on one (<see cref="Requirements.QueueOn"/>). Throws if the broker did not take it in time.</summary>
    Task Send(string queue, TrainPack pack, CancellationToken cancellation);

    /// <summary>Tells one worker to stop some attempts. Best effort: leases end them in any case.</summary>
    Task Stop(string workerId, StopRuns stop, CancellationToken cancellation);
}

/// <summary>The work queues that a worker takes from.</summary>
public interface IWorkQueues
{
    /// <summary>
    /// Takes packs from these queues, and no longer from those that are not named any more; packs at hand go on to their end.
    /// Returns at once: see <see cref="Taken"/>. Does nothing after <see cref="Leave"/>.
    /// </summary>
    void Take(IReadOnlyCollection<string> queues);

    /// <summary>Of these, the ones that are consumed now.</summary>
    IReadOnlyList<string> Taken { get; }

    /// <summary>Takes no pack any more: what comes goes to others. Ends when the packs at hand have ended.</summary>
    Task Leave();
}

/// <summary>What a worker does with messages.</summary>
public interface IWorkHandler
{
    /// <summary>
    /// Holds the delivery until the pack is done or refused. False gives the pack back to its queue, for another worker; throwing
    /// sends it to the error queue.
    /// </summary>
    Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation);

    /// <summary>Stops attempts that are no longer this worker's.</summary>
    void Stop(StopRuns stop);
}
