using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Silo.Http.Access;

/// <summary>Ends the start of a server without a token that others than this machine can reach, whatever made it listen there.</summary>
internal sealed class BoundAddresses(IServer server, HttpAccess access) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var open = bound.FirstOrDefault(address => !new Uri(address).IsLoopback);
        return access.IsOpen && open is not null
            ? throw new InvalidOperationException($"the server listens on {open}, which can be reached from other machines, and has no token")
            : Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
