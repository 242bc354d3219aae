using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Logs;

namespace Orchestrator.Silo.Telemetry;

/// <summary>Stores the logs of runs: what this silo logs about them, and what workers send.</summary>
internal static class ControlPlaneLogs
{
    private const int MostLines = 20_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Call before Orleans and the bus are added: it stops after them, and stores their last lines.</summary>
    public static void AddRunLogs(this IServiceCollection services)
    {
        services.AddSingleton(new RunLogBuffer(MostLines));
        services.AddSingleton<ILoggerProvider, ControlPlaneLogCapture>();
        services.Configure<LoggerFilterOptions>(filters => filters.AddFilter<ControlPlaneLogCapture>("Orchestrator.Grains", LogLevel.Debug));
        services.AddSingleton<IHostedService>(provider => new RunLogPump(
            provider.GetRequiredService<RunLogBuffer>(), provider.GetRequiredService<IRunLogs>().Append, Pace,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RunLogPump>>()));
    }
}

/// <summary>What the grains of this silo log about runs.</summary>
internal sealed class ControlPlaneLogCapture(TimeProvider time, RunLogBuffer lines) : RunLogCapture("Orchestrator.Grains", RunLogEntry.ControlPlane, time, lines);
