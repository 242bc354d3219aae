using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>Asks RabbitMQ for its queues: a declaration that is passive fails if there is none, and tells depth and consumers if there is.</summary>
public sealed class BrokerLook(BrokerOptions broker) : IBroker
{
    private const ushort NotFound = 404;
    private const ushort Other = 406;
    private static readonly string[] SetAside = ["_error", "_skipped"]; // as the bus library names them

    /// <inheritdoc/>
    public async Task<BrokerStatus> Look(IEnumerable<string> besides, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Broker.Open(broker, "orchestrator look", cancellation);
            var version = connection.ServerProperties?.TryGetValue("version", out var value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : "unknown";
            var queues = new List<QueueStatus>();
            foreach (var queue in Topology.Queues.Union(besides))
            {
                queues.Add(await Look(connection, queue, cancellation));
                foreach (var suffix in SetAside)
                {
                    if (await Find(connection, queue + suffix, cancellation) is { } found)
                    {
                        queues.Add(new QueueStatus(queue + suffix, true, found.MessageCount, found.ConsumerCount, null) { SetAside = true });
                    }
                }
            }
            return new BrokerStatus(version, queues);
        }
        catch (Exception wrong) when (wrong is BrokerUnreachableException or OperationInterruptedException or IOException or TimeoutException)
        {
            throw Broker.Refusal(wrong, broker) ?? new BrokerException($"{broker} does not answer: {wrong.GetBaseException().Message}", wrong);
        }
    }

    private static async Task<QueueDeclareOk?> Find(IConnection connection, string queue, CancellationToken cancellation)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation); // the broker closes it with the first refusal
        try
        {
            return await channel.QueueDeclarePassiveAsync(queue, cancellation);
        }
        catch (OperationInterruptedException none) when (none.ShutdownReason?.ReplyCode == NotFound)
        {
            return null;
        }
    }

    private static async Task<QueueStatus> Look(IConnection connection, string queue, CancellationToken cancellation)
    {
        if (await Find(connection, queue, cancellation) is not { } found)
        {
            return new QueueStatus(queue, false, 0, 0, null);
        }
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        try
        {
            await Topology.Declare(channel, queue, cancellation); // changes nothing if it is ours, and is refused if it is another
            return new QueueStatus(queue, true, found.MessageCount, found.ConsumerCount, null);
        }
        catch (OperationInterruptedException other) when (other.ShutdownReason is { ReplyCode: Other } reason)
        {
            return new QueueStatus(queue, true, 0, 0, reason.ReplyText);
        }
    }
}
