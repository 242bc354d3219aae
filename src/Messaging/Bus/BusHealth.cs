using Orchestrator.Messaging.RabbitMq;

namespace Orchestrator.Messaging.Bus;

/// <summary>The health of a silo's bus: its consumer was seen to consume lately, and the library does not say that it is cut off.</summary>
internal sealed class BusHealth(BusLine line, ControlPulse pulse) : IBusHealth
{
    public bool Up => pulse.Beats && line.IsConnected;
}

/// <summary>Memory is always there.</summary>
internal sealed class AlwaysUp : IBusHealth, IQueueDepths
{
    public IReadOnlyList<QueueStatus> Queues => [];

    public bool Up => true;
}
