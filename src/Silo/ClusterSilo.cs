using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Grains;
using Orchestrator.Grains.Workers;
using Orchestrator.Messaging;
using Orchestrator.Storage;
using Orleans.Configuration;

namespace Orchestrator.Silo;

/// <summary>One of the silos of a cluster: Orleans over PostgreSQL, RabbitMQ, HTTP. Any number share the database and the broker.</summary>
public static class ClusterSilo
{
    /// <summary>Adds the control plane to an application. What is wrong with the broker or the database stops its start, with the reason.</summary>
    public static void Add(WebApplicationBuilder builder, ClusterSiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        builder.AddReading(options.Http, options.Prometheus);
        builder.AddControl();
        var services = builder.Services;
        services.AddSingleton(new ControlPlanePlace($"the cluster '{options.Cluster}' ({options.Http.Listen})", Shared: true));
        services.AddPostgresStorage(options.Postgres);
        services.AddArtifacts(options.Artifacts);
        services.Configure<ControlPlaneOptions>(control => control.Lease = options.Lease);
        builder.UseOrleans(silo =>
        {
            ControlPlane.Configure(silo);
            silo.UseStorageClustering();
            silo.UseStorageReminders();
            silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = options.Cluster);
            silo.Configure<EndpointOptions>(endpoint =>
            {
                endpoint.AdvertisedIPAddress = options.Advertise;
                endpoint.SiloPort = options.SiloPort;
                endpoint.GatewayPort = options.GatewayPort;
            });
        });
        services.AddSiloMessaging(options.Broker, provider => provider.GetRequiredService<GrainControlPlane>()); // after Orleans: who answers must be there first
        builder.AddOpenSweeps();
    }
}
