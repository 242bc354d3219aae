using System.Collections.Concurrent;
using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Faults.Tests;

/// <summary>Stands between the exchanges and the queues of a broker, and passes every message on late, or more than once.</summary>
internal sealed class Interposer : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly ConcurrentBag<Task> _passing = [];
    private int _messages;

    private Interposer(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    /// <summary>Messages that came by.</summary>
    public int Messages => _messages;

    public static async Task<Interposer> Start(RabbitMqServer broker, IReadOnlyList<string> queues, Func<int, int> copies, Func<int, TimeSpan> delay)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(broker.Address()) }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        var interposer = new Interposer(connection, channel);
        foreach (var queue in queues)
        {
            await interposer.Stand(queue, copies, delay);
        }
        return interposer;
    }

    /// <summary>Publishes what no consumer understands: no envelope, a torn one, an unknown type.</summary>
    public static async Task Poison(RabbitMqServer broker, IReadOnlyList<string> queues)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker.Address()) }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        var envelope = new BasicProperties { ContentType = "application/vnd.masstransit+json" };
        foreach (var queue in queues)
        {
            await channel.BasicPublishAsync("", queue, "nobody's message"u8.ToArray(), TestContext.Current.CancellationToken);
            await channel.BasicPublishAsync("", queue, true, envelope, "{ \"messageType\": [\"urn:message:Orchestrator.Messaging.Bus:PackMessage\"], \"message\": { \"packId\":"u8.ToArray(), TestContext.Current.CancellationToken);
            await channel.BasicPublishAsync("", queue, true, envelope, """{ "messageType": ["urn:message:Orchestrator.Messaging.Bus:PackMessage"], "message": { "packId": "p", "body": "[]" } }"""u8.ToArray(), TestContext.Current.CancellationToken);
            await channel.BasicPublishAsync("", queue, true, envelope, """{ "messageType": ["urn:message:Someone:Else"], "message": { } }"""u8.ToArray(), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_passing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task Stand(string queue, Func<int, int> copies, Func<int, TimeSpan> delay)
    {
        var held = queue + ".held";
        await _channel.QueueDeclareAsync(held, durable: false, exclusive: false, autoDelete: true, cancellationToken: TestContext.Current.CancellationToken);
        await _channel.QueueBindAsync(held, queue, "", cancellationToken: TestContext.Current.CancellationToken);
        await _channel.QueueUnbindAsync(queue, queue, "", cancellationToken: TestContext.Current.CancellationToken);
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            var number = Interlocked.Increment(ref _messages);
            var body = message.Body.ToArray(); // the library takes the buffer back
            for (var copy = 0; copy < copies(number); copy++)
            {
                _passing.Add(Pass(queue, new BasicProperties(message.BasicProperties), body, delay(number + copy)));
            }
            return Task.CompletedTask;
        };
        await _channel.BasicConsumeAsync(held, autoAck: true, consumer, TestContext.Current.CancellationToken);
    }

    private async Task Pass(string queue, BasicProperties properties, byte[] body, TimeSpan delay)
    {
        await Task.Delay(delay);
        properties.Expiration ??= TimeSpan.FromMinutes(2).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        await _channel.BasicPublishAsync("", queue, mandatory: false, properties, body);
    }
}
