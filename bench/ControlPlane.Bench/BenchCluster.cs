using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Messaging;
using Orchestrator.Silo;
using Orchestrator.Specification;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What <c>orchestrator dev</c> starts, with a runner that does nothing: silo, in-memory transport, SQLite on the disk, HTTP, worker.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private int _sweeps;

    private BenchCluster(WebApplication app, string folder, Uri address, NoOpRunner runner)
    {
        (_app, _folder, Runner) = (app, folder, runner);
        Client = new OrchestratorClient(OrchestratorClient.CreateHttp(address, null));
    }

    public OrchestratorClient Client { get; }

    public NoOpRunner Runner { get; }

    public static async Task<BenchCluster> Start(int slots)
    {
        var folder = Directory.CreateTempSubdirectory("control-plane-bench-").FullName;
        var generation = Guid.NewGuid().ToString("n")[..8];
        var listen = new Uri($"http://127.0.0.1:{FreePort.Any()}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Error);
        var worker = new WorkerOptions { WorkerId = $"bench#{generation}", Slots = slots, Heartbeat = TimeSpan.FromMilliseconds(250) };
        EmbeddedSilo.Add(builder, new EmbeddedSiloOptions { DataFolder = folder, Http = new HttpAccess(listen, null), Generation = generation }, new WorkerEndpoint(worker.WorkerId, worker.Device, worker.Slots));
        var runner = new NoOpRunner(TimeProvider.System);
        builder.Services.AddSingleton<IPackRunner>(runner);
        builder.Services.AddWorker(worker);
        var app = builder.Build();
        Silo.ControlPlane.Map(app);
        await app.StartAsync();
        var cluster = new BenchCluster(app, folder, listen, runner);
        await Until(async () => (await cluster.Client.ListWorkers()).Count == 1, "the worker joins", TimeSpan.FromSeconds(30));
        return cluster;
    }

    /// <summary>A sweep of one-step runs that has not been there before. A batch of 16 sequences goes alone, one of 4 in packs of 32.</summary>
    public JsonObject Sweep(int runs, bool packed)
    {
        var first = 1_000_000L * ++_sweeps;
        var reading = SweepFile.Parse($$"""
            name: bench-{{_sweeps}}
            model: { layers: 1, heads: 2, d_model: 16, n_ctx: 32 }
            data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
            train: { steps: 1, batch: {{(packed ? 4 : 16)}}, warmup: 0 }
            snapshots: { every: 1 }
            measure: [in-context-learning]
            seeds: {{first}}..{{first + runs - 1}}
            """, "bench.yaml");
        return reading.Value?.Json ?? throw new InvalidOperationException(reading.Message);
    }

    /// <summary>Waits for the end of a sweep; throws where a run of it did not complete.</summary>
    public async Task Ended(string id, TimeSpan bound)
    {
        SweepResult? last = null;
        await Until(async () => (last = await Client.GetSweep(id)).Sweep.State != SweepState.Running, $"sweep {id} ends", bound);
        if (last!.Sweep.Runs.Completed != last.Sweep.Runs.Total)
        {
            throw new InvalidOperationException($"not every run completed: {last.Sweep}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Runner.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task Until(Func<Task<bool>> reached, string what, TimeSpan bound)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100)); // every look costs the server a summary of the whole sweep
        using var limit = new CancellationTokenSource(bound);
        while (!await reached())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{what}: not within {bound.TotalSeconds} s");
            }
            await pace.WaitForNextTickAsync();
        }
    }
}
