using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Workers;

/// <summary>One worker process. Key: worker id (<c>name#generation</c>).</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>The worker introduces itself; refused if its build does not fit this control plane.</summary>
    Task<WorkerWelcome> Hello(WorkerHello hello);

    /// <summary>The worker was heard of with so many slots in use, taking from these queues besides that of its device class. Returns those that it is to take from, or null if it must introduce itself again.</summary>
    Task<IReadOnlyList<string>?> Seen(int busySlots, IReadOnlyList<string> queues);

    /// <summary>The worker left in order.</summary>
    Task Bye();
}
