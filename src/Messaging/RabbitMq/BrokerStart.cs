using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// Before the bus starts: waits until the broker is there, and declares the queues. What waiting cannot mend (a wrong password,
/// a queue of that name that is another) stops the process with the reason, where the bus library would try for ever.
/// </summary>
internal sealed partial class BrokerStart(BrokerOptions broker, TimeProvider time, ILogger<BrokerStart> log) : IHostedLifecycleService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await Broker.Open(broker, "orchestrator start", cancellationToken);
                await Topology.Declare(connection, cancellationToken);
                return;
            }
            catch (Exception wrong) when (Broker.Refusal(wrong, broker) is { } refusal)
            {
                throw refusal;
            }
            catch (Exception away) when (away is BrokerUnreachableException or OperationInterruptedException)
            {
                if (attempt % 10 == 1)
                {
                    NotThere(log, broker.ToString(), away.InnerException?.Message ?? away.Message);
                }
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Warning, "waiting for {Broker}: {Reason}")]
    private static partial void NotThere(ILogger log, string broker, string reason);
}

/// <summary>Registers what must be done before the bus.</summary>
internal static class BrokerStartRegistration
{
    public static IServiceCollection AddBrokerStart(this IServiceCollection services, BrokerOptions broker) =>
        services.AddSingleton(broker).AddHostedService<BrokerStart>();
}
