using MassTransit;

namespace Orchestrator.Messaging.Bus;

/// <summary>The health of a bus as its library sees it: connected, and every endpoint consuming.</summary>
internal sealed class BusHealth(IBusControl bus) : IBusHealth
{
    public bool Up => bus.CheckHealth().Status == BusHealthStatus.Healthy;
}

/// <summary>Memory is always there.</summary>
internal sealed class AlwaysUp : IBusHealth
{
    public bool Up => true;
}
