using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>How a process pings the queue that it consumes on the control bus.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Period">How often.</param>
/// <param name="Within">How long a ping may take until it counts as lost.</param>
/// <param name="Send">Sends one; throws if the broker did not take it, or if it did not come back where that is waited for.</param>
internal sealed record OwnPing(string Queue, TimeSpan Period, TimeSpan Within, Func<IBus, CancellationToken, Task> Send);

/// <summary>
/// Pings the queue that this process consumes. If none of the pings is heard although the broker answers, the consumer is gone,
/// which the bus library does not always notice (after a pause of the process, say): the bus is made anew, at once where the broker
/// counts no consumer either. If that does not help, the process ends with the reason, and its supervisor starts it anew. While the
/// broker is away nothing is counted.
/// </summary>
internal sealed partial class ControlWatch(
    OwnPing ping, BusLine line, ControlPulse pulse, BrokerOptions broker, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ControlWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(ping.Period, time);
        while (await pace.WaitForNextTickAsync(stoppingToken))
        {
            var taken = await Send(stoppingToken);
            var seen = taken && pulse.Unheard < ControlPulse.Doubtful - 1 ? null : await Broker.Ask(broker, ping.Queue, stoppingToken);
            if (taken || seen is not null)
            {
                pulse.Sent();
            }
            if (pulse.Unheard < (seen is { ConsumerCount: 0 } ? ControlPulse.Doubtful : ControlPulse.Gone))
            {
                continue;
            }
            if (pulse.Renewals == ControlPulse.MostRenewals)
            {
                Ends(log, ping.Queue, pulse.Renewals);
                lifetime.StopApplication();
                return;
            }
            Renews(log, ping.Queue, pulse.Unheard, taken ? "took" : "did not take", seen?.ConsumerCount.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of");
            await line.Renew(stoppingToken);
            pulse.Renewed();
        }
    }

    /// <summary>Whether the broker took it, which may be told by <see cref="ControlPulse.Heard"/> before this returns.</summary>
    private async Task<bool> Send(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(ping.Within);
        try
        {
            await ping.Send(line.Bus, limit.Token).WaitAsync(limit.Token);
            return true;
        }
        catch (Exception away) when (!stopping.IsCancellationRequested)
        {
            NotSent(log, away.Message);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "this process consumes nothing from the queue {Queue} any more, and {Renewals} new buses changed nothing: it ends, so that its supervisor starts it anew")]
    private static partial void Ends(ILogger log, string queue, int renewals);

    [LoggerMessage(2, LogLevel.Warning, "the queue {Queue} is not heard here: {Pings} pings are lost, this bus {Took} the last one, and the broker counts {Consumers} consumers. The bus is made anew")]
    private static partial void Renews(ILogger log, string queue, int pings, string took, string consumers);

    [LoggerMessage(3, LogLevel.Debug, "a ping was not sent: {Reason}")]
    private static partial void NotSent(ILogger log, string reason);
}
