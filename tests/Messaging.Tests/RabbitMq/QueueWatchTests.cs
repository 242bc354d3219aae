using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Messaging.Bus;
using Orchestrator.Messaging.RabbitMq;
using RabbitMQ.Client;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>A listener hears every meter of the process, also those of silos in other tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = "alone in the process";
}

/// <summary>The queues as they are seen from beside the bus.</summary>
[Collection(AloneInTheProcess.Name)]
public sealed class QueueWatchTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_look_tells_what_waits_what_is_missing_and_what_is_foreign_and_changes_nothing()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = 5 };
        await channel.QueueDeclareAsync("control", durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueDeclareAsync("train.cpu", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);
        await Topology.Declare(channel, "train.cpu.0123456789ab", TestContext.Current.CancellationToken); // as a worker that meets a requirement does
        await channel.BasicPublishAsync("", "control", ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);
        await channel.BasicPublishAsync("", "control", ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);
        await channel.QueueDeclareAsync("train.cpu_error", durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: TestContext.Current.CancellationToken);
        await channel.BasicPublishAsync("", "train.cpu_error", ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);
        var look = new BrokerLook(BrokerOptions.Parse(broker));

        var status = await look.Look(["train.cpu.0123456789ab", "train.cpu.none"], TestContext.Current.CancellationToken);
        while (status.Queues.Single(q => q.Name == "control").Messages < 2 || status.Queues.Single(q => q.SetAside).Messages < 1) // a quorum queue counts a message when most of its nodes have it
        {
            status = await look.Look(["train.cpu.0123456789ab", "train.cpu.none"], TestContext.Current.CancellationToken);
        }

        Assert.Matches(@"^\d+\.\d+", status.Version);
        Assert.Equal(new QueueStatus("control", true, 2, 0, null), status.Queues.Single(q => q.Name == "control"));
        Assert.Equal(new QueueStatus("train.cuda", false, 0, 0, null), status.Queues.Single(q => q.Name == "train.cuda"));
        Assert.Equal(new QueueStatus("train.cpu.0123456789ab", true, 0, 0, null), status.Queues.Single(q => q.Name == "train.cpu.0123456789ab"));
        Assert.False(status.Queues.Single(q => q.Name == "train.cpu.none").Exists);
        Assert.Equal("train.cpu_error", status.Queues.Single(q => q.SetAside).Name);
        Assert.Contains("x-queue-type", status.Queues.Single(q => q.Name == "train.cpu").Foreign, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_gauges_show_what_was_seen_and_nothing_while_the_broker_is_away_which_is_said_once()
    {
        using var broker = new Scripted();
        var (time, log) = (new FakeTimeProvider(), new Lines());
        var recent = new RecentQueues(time);
        recent.Note("train.cpu.0123456789ab");
        using var watch = new QueueWatch(broker, broker, recent, time, log);
        await watch.StartAsync(TestContext.Current.CancellationToken);
        await broker.Asked(1);
        await Shows(("orchestrator.broker.up", "", 1), ("orchestrator.queue.consumers", "train.cpu", 2), ("orchestrator.queue.messages", "train.cpu", 7));
        Assert.Equal((7, 2), watch.Queues.Where(queue => queue.Name == "train.cpu").Select(queue => (queue.Messages, queue.Consumers)).Single());

        broker.Up = false;
        for (var look = 2; look <= 4; look++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await broker.Asked(look);
        }

        await Shows(("orchestrator.broker.up", "", 0));
        Assert.Empty(watch.Queues);
        Assert.Equal("the broker went for lunch", Assert.Single(log.Warnings).Split(": ")[^1]);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_queue_that_comes_and_goes_is_watched_for_an_hour_after_the_last_pack_and_while_packs_wait_in_it()
    {
        using var broker = new Scripted();
        var (time, log) = (new FakeTimeProvider(), new Lines());
        var recent = new RecentQueues(time);
        recent.Note("train.cpu.empty");
        recent.Note("train.cpu"); // the script says that seven wait there
        using var watch = new QueueWatch(broker, broker, recent, time, log);
        await watch.StartAsync(TestContext.Current.CancellationToken);
        await broker.Asked(1);
        Assert.Equal(["train.cpu", "train.cpu.empty"], broker.Besides.Order());

        for (var look = 2; look <= 70 * 6; look++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await broker.Asked(look);
        }

        Assert.Equal(["train.cpu"], broker.Besides);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The watch puts away what it saw a moment after it was answered.</summary>
    private static async Task Shows(params (string Name, string Queue, long Value)[] wanted)
    {
        while (!Read().SequenceEqual(wanted))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested(); // the test's timeout
            await Task.Yield();
        }
    }

    private static List<(string Name, string Queue, long Value)> Read()
    {
        var seen = new List<(string, string, long)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MessagingTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add((instrument.Name, Queue(tags), value)));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen.Add((instrument.Name, Queue(tags), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. seen.Order()];
    }

    private static string Queue(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length == 0 ? "" : (string)tags[0].Value!;

    private sealed class Scripted : IBroker, IBusHealth, IDisposable
    {
        private readonly SemaphoreSlim _looks = new(0);
        private int _asked;

        public bool Up { get; set; } = true;

        public void Dispose() => _looks.Dispose();

        /// <summary>Waits until the look of this number was asked for and answered.</summary>
        public async Task Asked(int number)
        {
            while (_asked < number)
            {
                await _looks.WaitAsync(TestContext.Current.CancellationToken);
                _asked++;
            }
        }

        public IReadOnlyCollection<string> Besides { get; private set; } = [];

        public Task<BrokerStatus> Look(IEnumerable<string> besides, CancellationToken cancellation)
        {
            Besides = [.. besides];
            _looks.Release();
            return Up
                ? Task.FromResult(new BrokerStatus("1", [new("train.cpu", true, 7, 2, null), new("train.cuda", false, 0, 0, null)]))
                : throw new BrokerException("the broker went for lunch");
        }
    }

    private sealed class Lines : ILogger<QueueWatch>
    {
        public ConcurrentQueue<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings.Enqueue(formatter(state, exception));
    }
}
