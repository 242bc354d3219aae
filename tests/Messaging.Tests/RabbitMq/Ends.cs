using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Messaging.RabbitMq;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>The two ends of the bus as the roles of a cluster build them, each a host of its own.</summary>
internal static class Ends
{
    public static Task<IHost> Silo(string broker, IControlPlane control, CancellationToken cancellation) =>
        Start(services => services.AddSiloMessaging(BrokerOptions.Parse(broker), _ => control), cancellation);

    public static async Task<IHost> Worker(string broker, IWorkHandler handler, CancellationToken cancellation, string id = "w#1")
    {
        var host = await Start(services =>
        {
            services.AddSingleton(handler);
            services.AddWorkerMessaging(BrokerOptions.Parse(broker), new WorkerEndpoint(id, 2));
        }, cancellation);
        host.Services.GetRequiredService<IWorkQueues>().Take(["cpu"]);
        return host;
    }

    private static async Task<IHost> Start(Action<IServiceCollection> add, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        add(builder.Services);
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return host;
        }
        catch
        {
            host.Dispose(); // its meters would be heard by other tests
            throw;
        }
    }
}
