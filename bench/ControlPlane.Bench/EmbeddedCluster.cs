using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Client;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Platform;
using Orchestrator.Silo;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What <c>orchestrator dev</c> starts, with a runner that does nothing, or another: silo, in-memory transport, SQLite on the disk, HTTP, worker.</summary>
internal sealed class EmbeddedCluster : BenchCluster
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private EmbeddedCluster(WebApplication app, string folder, OrchestratorClient client, NoOpRunner runner) : base(client, runner) => (_app, _folder) = (app, folder);

    public override IReadOnlyDictionary<string, int> Processes { get; } = new Dictionary<string, int> { ["all"] = Environment.ProcessId };

    public static async Task<EmbeddedCluster> Start(int slots, string device = DeviceClass.Cpu, IPackRunner? other = null)
    {
        var folder = Directory.CreateTempSubdirectory("control-plane-bench-").FullName;
        var generation = Guid.NewGuid().ToString("n")[..8];
        var listen = new Uri($"http://127.0.0.1:{FreePort.Any()}");
        var builder = HostConfiguration.CreateWebBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Error);
        var worker = new WorkerOptions { WorkerId = $"bench#{generation}", Device = device, Slots = slots, Heartbeat = TimeSpan.FromMilliseconds(250) };
        EmbeddedSilo.Add(builder, new EmbeddedSiloOptions { DataFolder = folder, Http = new HttpAccess(listen, null), Generation = generation }, new WorkerEndpoint(worker.WorkerId, worker.Slots));
        var runner = new NoOpRunner(TimeProvider.System);
        builder.Services.AddSingleton(other ?? runner);
        builder.Services.AddWorker(worker);
        var app = builder.Build();
        Silo.ControlPlane.Map(app);
        await app.StartAsync();
        var cluster = new EmbeddedCluster(app, folder, new OrchestratorClient(OrchestratorClient.CreateHttp(listen, null)), runner);
        await Until(async () => (await cluster.Client.ListWorkers()).Count == 1, "the worker joins", TimeSpan.FromSeconds(30));
        return cluster;
    }

    public override async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Runner.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
