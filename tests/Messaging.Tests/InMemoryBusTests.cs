using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Messaging.Tests;

public sealed class InMemoryBusTests : BusContract
{
    private IHost? _host;

    protected override async Task<(IServiceProvider Silo, IServiceProvider Worker)> Start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton<IWorkHandler>(Worker);
        builder.Services.AddInMemoryMessaging(_ => Control, new WorkerEndpoint("w#1", 2));
        _host = builder.Build();
        await _host.StartAsync(TestContext.Current.CancellationToken);
        return (_host.Services, _host.Services);
    }

    protected override async Task Stop()
    {
        await _host!.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
