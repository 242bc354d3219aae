using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>Connections to the broker beside those of the bus: to see whether it can be used and how its queues are.</summary>
internal static class Broker
{
    private const ushort NotFound = 404;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>Tells the bus library where the broker is.</summary>
    public static void Connect(this IRabbitMqBusFactoryConfigurator transport, BrokerOptions broker, string name) =>
        transport.Host(broker.Host, (ushort)broker.Port, broker.VirtualHost, name, host =>
        {
            host.Username(broker.User);
            host.Password(broker.Password);
            host.Heartbeat(TimeSpan.FromSeconds(10));
            if (broker.Tls)
            {
                host.UseSsl(tls => tls.ServerName = broker.Host);
            }
        });

    /// <summary>Opens a connection, or throws what the broker's library says.</summary>
    public static Task<IConnection> Open(BrokerOptions broker, string name, CancellationToken cancellation) => new ConnectionFactory
    {
        HostName = broker.Host,
        Port = broker.Port,
        UserName = broker.User,
        Password = broker.Password,
        VirtualHost = broker.VirtualHost,
        AutomaticRecoveryEnabled = false,
        RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
        Ssl = new SslOption(broker.Host, enabled: broker.Tls),
    }.CreateConnectionAsync(name, cancellation);

    /// <summary>How a queue stands, asked over a connection of its own: with nothing if there is none of that name, null if the broker does not answer.</summary>
    public static async Task<QueueDeclareOk?> Ask(BrokerOptions broker, string queue, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerWithin);
        try
        {
            await using var connection = await Open(broker, "orchestrator question", limit.Token);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
            return await channel.QueueDeclarePassiveAsync(queue, limit.Token);
        }
        catch (OperationInterruptedException none) when (none.ShutdownReason?.ReplyCode == NotFound)
        {
            return new QueueDeclareOk(queue, 0, 0);
        }
        catch (Exception away) when (away is BrokerUnreachableException or OperationInterruptedException or IOException or TimeoutException
            || away is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What waiting does not mend, in words; null if the broker is only not there (yet).</summary>
    public static BrokerException? Refusal(Exception wrong, BrokerOptions broker)
    {
        for (var at = wrong; at is not null; at = at.InnerException)
        {
            if (at is AuthenticationFailureException or PossibleAuthenticationFailureException)
            {
                return new($"{broker} does not accept the user or the password: mend --rabbitmq (or ORCHESTRATOR_RABBITMQ)", wrong);
            }
            if (at is OperationInterruptedException { ShutdownReason: { ReplyCode: 402 or 403 or 406 or 530 } reason })
            {
                return new(reason.ReplyCode == 406
                    ? $"{broker} has other queues than this program makes: {reason.ReplyText}. Give the cluster a virtual host of its own, or delete the queue that is named if nobody needs it"
                    : $"{broker} refuses: {reason.ReplyText}. Create the virtual host and give the user its rights (rabbitmqctl add_vhost, set_permissions)", wrong);
            }
        }
        return null;
    }
}
