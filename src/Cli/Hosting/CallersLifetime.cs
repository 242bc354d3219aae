using Microsoft.Extensions.Hosting;

namespace Orchestrator.Cli.Hosting;

/// <summary>The command line owns Ctrl-C and SIGTERM.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
