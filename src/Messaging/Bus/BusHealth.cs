using MassTransit;

namespace Orchestrator.Messaging.Bus;

/// <summary>The health of a silo's bus: its library says that it is connected, and its consumer was seen to consume.</summary>
internal sealed class BusHealth(IBusControl bus, ControlPulse pulse) : IBusHealth
{
    public bool Up => bus.CheckHealth().Status == BusHealthStatus.Healthy && pulse.Beats;
}

/// <summary>Memory is always there.</summary>
internal sealed class AlwaysUp : IBusHealth
{
    public bool Up => true;
}
