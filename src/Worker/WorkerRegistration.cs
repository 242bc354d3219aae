using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Logs;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker;

/// <summary>Puts a worker into a host that has messaging and an artifact store.</summary>
public static class WorkerRegistration
{
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds the worker; the container must hold an <see cref="IPackRunner"/>. Call after messaging was added, so that the worker
    /// stops before the bus does.
    /// </summary>
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<PackHandler>();
        services.AddSingleton<IWorkHandler>(provider => provider.GetRequiredService<PackHandler>());
        services.AddLogs();
        services.AddHostedService<WorkerService>(); // after the logs: it stops first, and they go on to its last line
        return services;
    }

    private static void AddLogs(this IServiceCollection services)
    {
        services.AddSingleton<WorkerLogCapture>();
        services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<WorkerLogCapture>());
        services.Configure<LoggerFilterOptions>(filters => filters.AddFilter<WorkerLogCapture>("Orchestrator.Worker", LogLevel.Debug));
        services.AddSingleton<IHostedService>(provider =>
        {
            var (options, control) = (provider.GetRequiredService<WorkerOptions>(), provider.GetRequiredService<IControlPlane>());
            return new RunLogPump(
                provider.GetRequiredService<WorkerLogCapture>().Lines,
                (lines, cancellation) => control.Log(new WorkerLog(options.WorkerId, lines), cancellation),
                options.Heartbeat < LogEvery ? options.Heartbeat : LogEvery,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RunLogPump>>());
        });
    }
}
