using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// Sends a ping to the control queue every second. A silo that consumes none of them although the broker takes them has lost its
/// consumer, which the bus library does not always notice (after a pause of the process, say) and never mends: the silo ends with that
/// reason, and its supervisor starts it anew. While the broker is away nothing is counted.
/// </summary>
internal sealed partial class ControlWatch(
    IBus bus, ControlPulse pulse, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ControlWatch> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(5);
    private readonly Ping _ping = new(Environment.MachineName);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(Period, time);
        while (await pace.WaitForNextTickAsync(stoppingToken))
        {
            if (!pulse.Beats)
            {
                Gone(log, pulse.Unheard);
                lifetime.StopApplication();
                return;
            }
            if (await Send(stoppingToken))
            {
                pulse.Sent();
            }
        }
    }

    /// <summary>Whether the broker took it. That it did not is seen by whoever has something to send.</summary>
    private async Task<bool> Send(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(SendWithin);
        try
        {
            var control = await bus.GetSendEndpoint(Endpoints.RabbitMq.Address(Endpoints.Control));
            await control.Send(_ping, context => context.Durable = false, limit.Token);
            return true;
        }
        catch (Exception away) when (!stopping.IsCancellationRequested)
        {
            NotSent(log, away.Message);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "this silo consumes nothing from the control queue any more ({Pings} pings that the broker took were not heard): it ends, so that its supervisor starts it anew")]
    private static partial void Gone(ILogger log, int pings);

    [LoggerMessage(2, LogLevel.Debug, "the broker did not take a ping: {Reason}")]
    private static partial void NotSent(ILogger log, string reason);
}
