using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// Looks at the queues every ten seconds, those of requirements too while packs wait there, and tells what it saw as metrics:
/// <c>orchestrator.queue.messages</c> and <c>orchestrator.queue.consumers</c> by queue, and <c>orchestrator.broker.up</c>. While the
/// broker does not answer there are no depths.
/// </summary>
internal sealed partial class QueueWatch : BackgroundService, IQueueDepths
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private readonly IBroker _broker;
    private readonly RecentQueues _recent;
    private readonly TimeProvider _time;
    private readonly ILogger<QueueWatch> _log;
    private readonly Meter _meter = new(MessagingTelemetry.Name);
    private volatile IReadOnlyList<QueueStatus> _queues = [];
    private bool _away;

    public QueueWatch(IBroker broker, IBusHealth bus, RecentQueues recent, TimeProvider time, ILogger<QueueWatch> log)
    {
        (_broker, _recent, _time, _log) = (broker, recent, time, log);
        _meter.CreateObservableGauge("orchestrator.queue.messages", () => Measure(q => q.Messages), "{message}", "Messages that wait for a consumer");
        _meter.CreateObservableGauge("orchestrator.queue.consumers", () => Measure(q => q.Consumers), "{consumer}", "Consumers of a queue");
        _meter.CreateObservableGauge("orchestrator.broker.up", () => bus.Up ? 1 : 0, null, "1 while this silo is connected to the broker and its queues are consumed");
    }

    public IReadOnlyList<QueueStatus> Queues => _queues;

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(Period, _time);
        do
        {
            try
            {
                _queues = (await _broker.Look(_recent.Names, stoppingToken)).Queues;
                foreach (var waiting in _queues.Where(q => q.Messages > 0 && !q.SetAside))
                {
                    _recent.Note(waiting.Name); // looked at until it is empty, however long nothing was sent
                }
                _away = false;
            }
            catch (BrokerException wrong)
            {
                _queues = [];
                if (!_away)
                {
                    Away(_log, wrong.Message);
                }
                _away = true;
            }
        }
        while (await pace.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Measure(Func<QueueStatus, long> value) =>
        _queues.Where(q => q.Exists).Select(q => new Measurement<long>(value(q), new KeyValuePair<string, object?>("queue", q.Name)));

    [LoggerMessage(1, LogLevel.Warning, "the depths of the queues are not known until the broker answers again: {Reason}")]
    private static partial void Away(ILogger log, string reason);
}
