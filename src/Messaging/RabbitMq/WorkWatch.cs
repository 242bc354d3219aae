using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// Sees to it that a worker with a free slot gets what waits for it: if the broker keeps packs in a queue that this worker consumes, and
/// none of them comes, the consumer is gone, whatever the bus library says; and if the library itself says so while the broker answers,
/// it is believed. The bus is made anew; packs at hand go on. If that does not help, the process ends with the reason, and its
/// supervisor starts it anew.
/// </summary>
internal sealed partial class WorkWatch(
    WorkerEndpoint worker, WorkLine line, BusWorkQueues queues, BrokerOptions broker, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WorkWatch> log) : BackgroundService
{
    private const int MostRenewals = 3;

    /// <summary>Looks in a row that must find the same.</summary>
    private const int Looks = 2;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(8);
    private readonly Dictionary<string, (int Came, int Looks)> _missed = [];
    private int _renewals;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(Period, time);
        while (await pace.WaitForNextTickAsync(stoppingToken))
        {
            if (await Deaf(stoppingToken) is not { } deaf)
            {
                continue;
            }
            if (_renewals++ == MostRenewals)
            {
                Ends(log, deaf, MostRenewals);
                lifetime.StopApplication();
                return;
            }
            Renews(log, deaf);
            if (await line.Renew(stoppingToken))
            {
                queues.Reconnect();
            }
            _missed.Clear();
        }
    }

    /// <summary>A queue that gives nothing to a slot that is free, or null.</summary>
    private async Task<string?> Deaf(CancellationToken stopping)
    {
        foreach (var (queue, deliveries) in queues.Wanted)
        {
            var before = _missed.GetValueOrDefault(queue);
            var came = deliveries.Came;
            _renewals = came == before.Came ? _renewals : 0;
            var deaf = deliveries.AtHand < worker.Slots && await Broker.Ask(broker, queue, stopping) is { } answer && (answer.MessageCount > 0 || !line.IsConnected);
            _missed[queue] = (came, deaf && came == before.Came ? before.Looks + 1 : 0);
            if (_missed[queue].Looks == Looks)
            {
                return queue;
            }
        }
        return null;
    }

    [LoggerMessage(1, LogLevel.Critical, "nothing comes from the queue {Queue} to a free slot of this worker, and {Renewals} new buses changed nothing: it ends, so that its supervisor starts it anew")]
    private static partial void Ends(ILogger log, string queue, int renewals);

    [LoggerMessage(2, LogLevel.Warning, "nothing comes from the queue {Queue} to a free slot of this worker, although packs wait there or the bus is not connected to a broker that answers. The work bus is made anew; packs at hand go on")]
    private static partial void Renews(ILogger log, string queue);
}
