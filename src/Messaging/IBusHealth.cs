namespace Orchestrator.Messaging;

/// <summary>Whether this process is heard and hears. A control plane that is cut off must not take its workers' silence for their end.</summary>
public interface IBusHealth
{
    /// <summary>Whether the process is connected and its queues are consumed.</summary>
    bool Up { get; }
}
