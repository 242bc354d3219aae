using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Grains;
using Orchestrator.Grains.Workers;
using Orchestrator.Messaging;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orleans.Configuration;

namespace Orchestrator.Silo;

/// <summary>The whole control plane in one process: Orleans, in-memory transport, SQLite, HTTP.</summary>
public static class EmbeddedSilo
{
    /// <summary>Adds the control plane to an application; the worker, if any, is added by the caller and named here for the bus.</summary>
    public static void Add(WebApplicationBuilder builder, EmbeddedSiloOptions options, WorkerEndpoint? worker, Action<ControlPlaneOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        builder.AddControlPlane(options.Http, readOnly: options.ReadOnly);
        var services = builder.Services;
        services.AddSingleton(new ControlPlanePlace(options.ReadOnly ? options.DataFolder : $"{options.DataFolder} ({options.Http.Listen})"));
        services.AddSqliteStorage(options.Database, options.ReadOnly);
        services.AddArtifacts(new ArtifactAddress.Folder(options.Artifacts), options.ReadOnly);
        services.Configure<ControlPlaneOptions>(control =>
        {
            control.Generation = options.Generation;
            control.ReadOnly = options.ReadOnly;
            control.SupervisorPeriod = TimeSpan.FromSeconds(1); // no other process to be gentle to
            configure?.Invoke(control);
        });
        services.AddInMemoryMessaging(provider => provider.GetRequiredService<GrainControlPlane>(), worker);
        builder.UseOrleans(silo =>
        {
            ControlPlane.Configure(silo);
            silo.UseLocalhostClustering(siloPort: FreePort.Any(), gatewayPort: FreePort.Any(), primarySiloEndpoint: null);
            if (!options.ReadOnly)
            {
                silo.UseStorageReminders();
            }
            silo.Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback);
        });
        if (!options.ReadOnly)
        {
            builder.AddOpenSweeps();
        }
    }
}
