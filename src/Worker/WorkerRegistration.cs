using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Messaging;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker;

/// <summary>Puts a worker into a host that has messaging and an artifact store.</summary>
public static class WorkerRegistration
{
    /// <summary>
    /// Adds the worker; the container must hold an <see cref="IPackRunner"/>. Call after messaging was added, so that the worker
    /// stops before the bus does.
    /// </summary>
    public static IServiceCollection AddWorker(this IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<PackHandler>();
        services.AddSingleton<IWorkHandler>(provider => provider.GetRequiredService<PackHandler>());
        services.AddHostedService<WorkerService>();
        return services;
    }
}
