using MassTransit;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>The bus that packs come over; on a connection of its own.</summary>
public interface IWorkBus : IBus;
