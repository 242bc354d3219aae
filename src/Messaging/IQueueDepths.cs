namespace Orchestrator.Messaging;

/// <summary>What a silo saw of the queues when it looked last.</summary>
public interface IQueueDepths
{
    /// <summary>The queues; none while the broker does not answer, or where there is no broker.</summary>
    IReadOnlyList<QueueStatus> Queues { get; }
}
