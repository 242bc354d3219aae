using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Storage.Artifacts;

/// <summary>Stores, reads and deletes a small artifact before anything else of the host starts, so that a store that cannot be used stops the host with its reason.</summary>
internal sealed class ArtifactStart(ArtifactAddress address, IServiceProvider services) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var store = services.GetRequiredService<IArtifactStore>();
            await store.Try(cancellationToken);
        }
        catch (Exception wrong) when (wrong is ArtifactException or IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"the artifact store {address} cannot be used: {wrong.Message}", wrong);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
