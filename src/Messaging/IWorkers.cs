using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging;

/// <summary>What the control plane says to workers. Never called inside a grain's turn: see the dispatch pump.</summary>
public interface IWorkers
{
    /// <summary>Puts a pack into the queue of a device class. Throws where the broker did not take it in time.</summary>
    Task Send(string device, TrainPack pack, CancellationToken cancellation);

    /// <summary>Tells one worker to stop some attempts. Best effort: leases end them in any case.</summary>
    Task Stop(string workerId, StopRuns stop, CancellationToken cancellation);
}

/// <summary>What a worker does with messages.</summary>
public interface IWorkHandler
{
    /// <summary>Holds the delivery until the pack is done, refused or given back; throwing sends it to the error queue.</summary>
    Task Train(TrainPack pack, bool redelivered, CancellationToken cancellation);

    /// <summary>Stops attempts that are no longer this worker's.</summary>
    void Stop(StopRuns stop);
}
