using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Client;
using Orchestrator.Grains;
using Orchestrator.Messaging;
using Orchestrator.Platform;
using Orchestrator.Silo.Http.Access;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Silo.Tests;

/// <summary>The real control plane and a real worker in this process, with a runner of the test's choice.</summary>
internal sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EmbeddedCluster(WebApplication app, Uri address, string? token)
    {
        _app = app;
        Client = new OrchestratorClient(OrchestratorClient.CreateHttp(address, token));
    }

    public OrchestratorClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<EmbeddedCluster> Start(string folder, IPackRunner? runner, int slots = 2, Action<ControlPlaneOptions>? configure = null, TimeSpan? heartbeat = null, string[]? labels = null, bool readOnly = false, string? token = null, TokenBook? tokens = null, Uri? publicUrl = null, ILoggerProvider? audit = null)
    {
        var generation = Guid.NewGuid().ToString("n")[..8];
        var listen = new Uri($"http://127.0.0.1:{FreePort.Any()}");
        var builder = HostConfiguration.CreateWebBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole().AddFilter("Orleans", LogLevel.Error); // without a log, requests have no trace
        if (audit is not null)
        {
            builder.Logging.AddProvider(audit).AddFilter("Orchestrator.Audit", LogLevel.Information);
        }
        var worker = new WorkerOptions { WorkerId = $"local#{generation}", Slots = slots, Heartbeat = heartbeat ?? TimeSpan.FromMilliseconds(100), MemoryGb = 8, Labels = labels ?? [] };
        EmbeddedSilo.Add(
            builder, new EmbeddedSiloOptions { DataFolder = folder, Http = new HttpAccess(listen, token, tokens, publicUrl), Generation = generation, ReadOnly = readOnly },
            runner is null ? null : new WorkerEndpoint(worker.WorkerId, worker.Slots),
            control =>
            {
                control.SupervisorPeriod = TimeSpan.FromMilliseconds(100);
                configure?.Invoke(control);
            });
        if (runner is not null)
        {
            builder.Services.AddSingleton(runner);
            builder.Services.AddWorker(worker);
        }
        var app = builder.Build();
        ControlPlane.Map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new EmbeddedCluster(app, listen, token);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None); // DisposeAsync alone does not drain
        await _app.DisposeAsync();
    }
}
