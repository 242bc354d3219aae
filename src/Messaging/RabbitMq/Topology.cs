using MassTransit;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging.Bus;
using RabbitMQ.Client;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// The queues of a cluster, said once: as the bus library declares them for those who consume, and as the broker is asked for
/// them before anything is sent. Quorum queues, because they survive a node; a delivery limit, because a message that kills
/// whoever takes it must not go round for ever. Nothing depends on either: claims and leases are the truth.
/// </summary>
internal static class Topology
{
    private const int DeliveryLimit = 5;

    /// <summary>The queue of a requirement is made by the workers that take from it, and gone an hour after the last of them.</summary>
    private const int ExpiryMilliseconds = 3_600_000;

    /// <summary>Every queue that is always there.</summary>
    public static IReadOnlyList<string> Queues { get; } = [Endpoints.Control, .. DeviceClass.All.Select(Endpoints.Train)];

    /// <summary>A queue that outlives its consumers, for one of them.</summary>
    public static void Apply(IRabbitMqReceiveEndpointConfigurator endpoint, string queue)
    {
        endpoint.ConfigureConsumeTopology = false; // everything is sent to a queue by name; nothing is published by type
        foreach (var (name, value) in Arguments(queue))
        {
            endpoint.SetQueueArgument(name, value);
        }
    }

    /// <summary>A worker's own queue: gone with its connection, and known to the exchange of orders by its name.</summary>
    public static void ApplyTemporary(IRabbitMqReceiveEndpointConfigurator endpoint, string queue)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.Durable = false;
        endpoint.AutoDelete = true;
        endpoint.Bind(Endpoints.Workers, binding =>
        {
            binding.ExchangeType = ExchangeType.Direct;
            binding.RoutingKey = queue;
        });
    }

    /// <summary>Declares every queue that is always there, with its exchange. Throws what the broker says where one of that name is another.</summary>
    public static async Task Declare(IConnection connection, CancellationToken cancellation)
    {
        await using var exchanges = await connection.CreateChannelAsync(cancellationToken: cancellation);
        await exchanges.ExchangeDeclareAsync(Endpoints.Workers, ExchangeType.Direct, durable: true, autoDelete: false, cancellationToken: cancellation);
        foreach (var queue in Queues)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
            await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellation);
            await Declare(channel, queue, cancellation);
            await channel.QueueBindAsync(queue, queue, "", cancellationToken: cancellation);
        }
    }

    /// <summary>Declares one queue.</summary>
    public static Task Declare(IChannel channel, string queue, CancellationToken cancellation) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Arguments(queue), cancellationToken: cancellation);

    private static Dictionary<string, object?> Arguments(string queue)
    {
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = DeliveryLimit };
        if (!Queues.Contains(queue))
        {
            arguments["x-expires"] = ExpiryMilliseconds;
        }
        return arguments;
    }
}
