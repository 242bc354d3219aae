using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Workers;

/// <summary>One worker process. Key: worker id (<c>name#generation</c>).</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>The worker introduces itself; refused where its build does not fit this control plane.</summary>
    Task<WorkerWelcome> Hello(WorkerHello hello);

    /// <summary>The worker was heard of with so many runs in hand. Returns false where the worker must introduce itself again.</summary>
    Task<bool> Seen(int busySlots);

    /// <summary>The worker left in order.</summary>
    Task Bye();
}
