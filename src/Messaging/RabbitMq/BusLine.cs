using MassTransit;
using MassTransit.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Messaging.RabbitMq;

/// <summary>
/// A connection to the broker and the bus on it, which can be made anew while the process goes on: after a pause of the process or a
/// connection that was cut the bus library does not always find back, and nothing of a bus that hangs can be used again.
/// </summary>
/// <param name="name">What it is called in logs.</param>
/// <param name="configure">Puts a bus together.</param>
/// <param name="logs">Where the bus library logs.</param>
internal partial class BusLine(string name, Action<IRabbitMqBusFactoryConfigurator> configure, ILoggerFactory logs) : IHostedService
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(10);
    private readonly ILogger _log = logs.CreateLogger<BusLine>();
    private volatile IBusControl? _bus;

    /// <summary>The bus that carries messages now. Not to be kept: another one may do so later.</summary>
    public IBus Bus => _bus ?? throw new InvalidOperationException($"the {name} bus has not been started");

    /// <summary>Whether the bus library says that everything of this bus is connected.</summary>
    public bool IsConnected => _bus?.CheckHealth().Status == BusHealthStatus.Healthy;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var first = Make();
        _bus = first;
        await first.StartAsync(cancellationToken); // who says it is ready must be heard
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_bus is { } last)
        {
            await last.StopAsync(cancellationToken);
        }
    }

    /// <summary>Starts another bus in the place of this one, which ends in its own time: what it has at hand goes on. Whether the other one could be started.</summary>
    public async Task<bool> Renew(CancellationToken cancellation)
    {
        var next = Make();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartWithin);
        var started = next.StartAsync(limit.Token);
        try
        {
            await started.WaitAsync(limit.Token);
        }
        catch (Exception error)
        {
            NotRenewed(_log, name, error.Message);
            _ = End(next, started);
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
        var old = Interlocked.Exchange(ref _bus, next);
        _ = old is null ? Task.CompletedTask : End(old, Task.CompletedTask);
        return true;
    }

    private IBusControl Make()
    {
        LogContext.ConfigureCurrentLogContext(logs);
        return MassTransit.Bus.Factory.CreateUsingRabbitMq(transport =>
        {
            transport.UseInstrumentation();
            transport.ConnectEndpointConfigurationObserver(new LateAnswers());
            configure(transport);
        });
    }

    /// <summary>A bus that hangs may never come to its end; then it is no more than some memory.</summary>
    private async Task End(IBusControl old, Task started)
    {
        try
        {
            await started;
            await old.StopAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            NotEnded(_log, name, error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the {Line} bus could not be made anew: {Reason}")]
    private static partial void NotRenewed(ILogger log, string line, string reason);

    [LoggerMessage(2, LogLevel.Debug, "a {Line} bus that was replaced did not end in order: {Reason}")]
    private static partial void NotEnded(ILogger log, string line, string reason);

    /// <summary>An answer that nobody waits for any more is dropped, where the library would keep it in a queue for ever.</summary>
    private sealed class LateAnswers : IEndpointConfigurationObserver
    {
        public void EndpointConfigured<T>(T configurator)
            where T : IReceiveEndpointConfigurator
        {
            if (configurator is IEndpointConfiguration { IsBusEndpoint: true })
            {
                configurator.DiscardFaultedMessages();
                configurator.DiscardSkippedMessages();
            }
        }
    }
}

/// <summary>The bus that packs come over, on a connection of its own.</summary>
internal sealed class WorkLine(Action<IRabbitMqBusFactoryConfigurator> configure, ILoggerFactory logs) : BusLine("work", configure, logs);
