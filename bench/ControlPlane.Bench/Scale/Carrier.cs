using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>
/// Many workers over one worker's two connections. Each is the product's own (<see cref="WorkerRegistration.AddWorker"/>: slots,
/// claims, leases, heartbeats, reports, logs); what they share is the bus, the runner, and an artifact store that keeps next to nothing.
/// </summary>
internal sealed class Carrier : IAsyncDisposable
{
    private readonly IHost _bus;
    private readonly List<IHost> _workers = [];

    private Carrier(IHost bus) => _bus = bus;

    public static async Task<Carrier> Start(BrokerOptions broker, string artifacts, int number, int workers, ScaleOptions options, IPackRunner runner, Calls calls)
    {
        var generation = Guid.NewGuid().ToString("n")[..8];
        var free = new FreeSlots();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IWorkHandler>(free);
        builder.Services.AddWorkerMessaging(broker, new WorkerEndpoint($"carrier-{number}#{generation}", workers * options.SlotsPerWorker));
        var carrier = new Carrier(builder.Build());
        await carrier._bus.StartAsync();
        var control = new CountedControlPlane(carrier._bus.Services.GetRequiredService<IControlPlane>(), calls);
        for (var i = 0; i < workers; i++)
        {
            var worker = Worker(artifacts, $"sim-{number}-{i}#{generation}", options, control, carrier._bus.Services.GetRequiredService<IWorkQueues>(), runner);
            carrier._workers.Add(worker);
            await worker.StartAsync();
            free.Add(worker.Services.GetRequiredService<PackHandler>(), options.SlotsPerWorker);
        }
        return carrier;
    }

    /// <summary>Every worker as on SIGTERM: checkpoints, gives its runs back, says farewell.</summary>
    public Task Drain() => Task.WhenAll(_workers.Select(worker => worker.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
        await _bus.StopAsync();
        _bus.Dispose();
    }

    private static IHost Worker(string artifacts, string id, ScaleOptions options, IControlPlane control, IWorkQueues queues, IPackRunner runner)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(5));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(control);
        builder.Services.AddSingleton(queues); // sweeps here require nothing, so none is ever taken from
        builder.Services.AddSingleton(runner);
        builder.Services.AddSingleton<IArtifactStore>(new NoFiles(new ArtifactFolder(artifacts)));
        builder.Services.AddWorker(new WorkerOptions { WorkerId = id, Slots = options.SlotsPerWorker, CheckpointEvery = options.CheckpointEvery, DrainWithin = TimeSpan.FromMinutes(4) });
        return builder.Build();
    }

    /// <summary>Gives every pack that comes to the worker whose slot has been free for longest.</summary>
    private sealed class FreeSlots : IWorkHandler
    {
        private readonly Channel<PackHandler> _free = Channel.CreateUnbounded<PackHandler>();

        public void Add(PackHandler worker, int slots)
        {
            for (var slot = 0; slot < slots; slot++)
            {
                _free.Writer.TryWrite(worker);
            }
        }

        public async Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation)
        {
            var worker = await _free.Reader.ReadAsync(cancellation);
            try
            {
                return await worker.Train(pack, redelivered, cancellation);
            }
            finally
            {
                _free.Writer.TryWrite(worker);
            }
        }

        /// <summary>Orders go to a worker's own queue, and these workers have none: the simulation cancels nothing.</summary>
        public void Stop(StopRuns stop) => throw new NotSupportedException("no simulated worker has a queue for orders");
    }
}
