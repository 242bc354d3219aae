using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts;
using Orchestrator.Grains;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Results;
using Orchestrator.Grains.Workers;
using Orchestrator.Messaging;
using Orchestrator.Silo.Http;
using Orchestrator.Silo.Telemetry;
using Orchestrator.Storage;
using Orleans.Configuration;

namespace Orchestrator.Silo;

/// <summary>The whole control plane in one process: Orleans, in-memory transport, SQLite, HTTP.</summary>
public static class EmbeddedSilo
{
    /// <summary>Adds the control plane to an application; the worker, if any, is added by the caller and named here for the bus.</summary>
    public static void Add(WebApplicationBuilder builder, SiloOptions options, WorkerEndpoint? worker, Action<ControlPlaneOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        builder.WebHost.UseUrls(options.Listen.ToString());
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSqliteStorage(options.Database);
        services.AddArtifactFolder(options.Artifacts);
        services.Configure<ControlPlaneOptions>(control =>
        {
            control.Generation = options.Generation;
            control.SupervisorPeriod = TimeSpan.FromSeconds(1); // no other process to be gentle to
            configure?.Invoke(control);
        });
        AddControlPlane(services);
        services.AddInMemoryMessaging(provider => provider.GetRequiredService<GrainControlPlane>(), worker);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort: FreePort.Any(), gatewayPort: FreePort.Any(), primarySiloEndpoint: null);
            silo.UseStorageReminders();
            silo.AddActivityPropagation();
            silo.Configure<EndpointOptions>(endpoint => endpoint.AdvertisedIPAddress = IPAddress.Loopback);
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        services.AddHostedService<OpenSweeps>();
        builder.AddOrchestratorTelemetry();
    }

    /// <summary>Maps the HTTP endpoints.</summary>
    public static void Map(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapHealth();
        var api = app.MapGroup("/api/v1");
        api.MapSweeps();
        api.MapRuns();
        api.MapHeads();
        api.MapFiles();
        api.MapWorkers();
    }

    private static void AddControlPlane(IServiceCollection services)
    {
        services.AddSingleton<GrainControlPlane>();
        services.AddSingleton<DispatchPump>();
        services.AddHostedService(provider => provider.GetRequiredService<DispatchPump>());
        services.AddSingleton<SweepDirectory>();
        services.AddSingleton<RunArtifacts>();
        services.AddSingleton<HeadTables>();
        services.AddSingleton<Trajectories>();
        services.AddSingleton<Planner>();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(http => Json.Configure(http.SerializerOptions));
    }
}
