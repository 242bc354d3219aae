using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Messaging;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>
/// A cluster: RabbitMQ, PostgreSQL and a silo in processes of their own, and in this one the worker as <c>orchestrator worker</c>
/// puts it together, with a runner that does nothing in the place of training.
/// </summary>
internal sealed class ServedCluster : BenchCluster
{
    private readonly IHost _worker;

    private ServedCluster(Services services, IHost worker, NoOpRunner runner) : base(services.Client(), runner) => (Services, _worker) = (services, worker);

    public Services Services { get; }

    public override IReadOnlyDictionary<string, int> Processes => Services.Processes;

    public static async Task<ServedCluster> Start(int slots)
    {
        var services = await Services.Start();
        var options = new WorkerOptions { WorkerId = $"bench#{Guid.NewGuid().ToString("n")[..8]}", Slots = slots };
        var runner = new NoOpRunner(TimeProvider.System);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddArtifacts(new ArtifactAddress.Folder(services.Artifacts));
        builder.Services.AddWorkerMessaging(services.Broker, new WorkerEndpoint(options.WorkerId, options.Slots));
        builder.Services.AddSingleton<IPackRunner>(runner);
        builder.Services.AddWorker(options);
        var worker = builder.Build();
        await worker.StartAsync();
        var cluster = new ServedCluster(services, worker, runner);
        await Until(async () => (await cluster.Client.ListWorkers()).Count == 1, "the worker joins", TimeSpan.FromSeconds(30));
        return cluster;
    }

    public override async ValueTask DisposeAsync()
    {
        await _worker.StopAsync();
        _worker.Dispose();
        Runner.Dispose();
        await Services.DisposeAsync();
    }
}
