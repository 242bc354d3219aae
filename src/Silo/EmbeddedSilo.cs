using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Grains;
using Orchestrator.Grains.Workers;
using Orchestrator.Messaging;
using Orchestrator.Platform;
using Orchestrator.Silo.Http;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orleans.Configuration;

namespace Orchestrator.Silo;

/// <summary>The whole control plane in one process: Orleans, in-memory transport, SQLite, HTTP. Or, to read what it has left, SQLite and HTTP alone.</summary>
public static class EmbeddedSilo
{
    /// <summary>Adds the control plane to an application; the worker, if any, is added by the caller and named here for the bus.</summary>
    public static void Add(WebApplicationBuilder builder, EmbeddedSiloOptions options, WorkerEndpoint? worker, Action<ControlPlaneOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        builder.AddReading(options.Http);
        var services = builder.Services;
        services.AddSingleton(new ControlPlanePlace(options.ReadOnly ? options.DataFolder : $"{options.DataFolder} ({options.Http.Listen})", Shared: options.ReadOnly));
        services.AddSqliteStorage(options.Database, options.ReadOnly);
        services.AddArtifacts(new ArtifactAddress.Folder(options.Artifacts), options.ReadOnly);
        if (options.ReadOnly)
        {
            services.AddSingleton<NoControl>();
            services.AddSingleton<ISweepControl>(provider => provider.GetRequiredService<NoControl>());
            services.AddSingleton<IBusHealth>(provider => provider.GetRequiredService<NoControl>());
            services.AddSingleton<IQueueDepths>(provider => provider.GetRequiredService<NoControl>());
            return;
        }
        builder.AddControl();
        services.Configure<ControlPlaneOptions>(control =>
        {
            control.Generation = options.Generation;
            control.SupervisorPeriod = TimeSpan.FromSeconds(1); // no other process to be gentle to
            configure?.Invoke(control);
        });
        services.AddInMemoryMessaging(provider => provider.GetRequiredService<GrainControlPlane>(), worker);
        builder.UseOrleans(silo =>
        {
            ControlPlane.Configure(silo);
            silo.UseLocalhostClustering(siloPort: FreePort.Any(), gatewayPort: FreePort.Any(), primarySiloEndpoint: null);
            silo.UseStorageReminders();
            silo.Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback);
        });
        builder.AddOpenSweeps();
    }
}
