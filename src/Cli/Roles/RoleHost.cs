using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Silo;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Cli.Roles;

/// <summary>A role of the cluster from its start to its end, in order.</summary>
internal static class RoleHost
{
    /// <summary>Logs to stderr, one line each with its time; leaves signals to the command line, and gives the end its time.</summary>
    public static void Prepare(IHostApplicationBuilder builder, TimeSpan grace)
    {
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information)
            .AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true))
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddFilter("Orleans", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning).AddFilter("Polly", LogLevel.None)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.None) // reports the machine's uptime as a delay at every start
            .AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddSingleton<IHostLifetime, Hosting.CallersLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = grace);
    }

    /// <summary>Runs it until it is told to stop, which is a success, or ends by itself, which is not.</summary>
    public static async Task<int> Run(IHost host, Action started, CancellationToken cancellation)
    {
        using (host)
        {
            await Start(host, cancellation);
            started();
            var ended = new TaskCompletionSource();
            using var byItself = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);
            var told = ended.Task.WaitAsync(cancellation);
            await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.StopAsync(CancellationToken.None);
            return told.IsCanceled ? ExitCode.Done : ExitCode.Failed;
        }
    }

    private static async Task Start(IHost host, CancellationToken cancellation)
    {
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception wrong) when (wrong is BrokerException or StorageException or ArtifactException)
        {
            throw new CliException(ExitCode.Failed, wrong.Message, wrong);
        }
        catch (Exception wrong) when (host.Services.GetService<HttpAccess>() is { } access && ListenFailure.Of(wrong, access) is { } failure)
        {
            throw failure;
        }
    }
}
