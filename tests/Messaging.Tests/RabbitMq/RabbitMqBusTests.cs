using Microsoft.Extensions.Hosting;
using Orchestrator.TestServices;

namespace Orchestrator.Messaging.Tests.RabbitMq;

public sealed class RabbitMqBusTests : BusContract
{
    private static readonly TimeSpan Fault = TimeSpan.FromSeconds(2);
    private TcpProxy? _between;
    private IHost? _silo;
    private IHost? _worker;

    protected override async Task<(IServiceProvider Silo, IServiceProvider Worker)> Start()
    {
        var direct = new UriBuilder(await SharedRabbitMq.NewVirtualHost());
        _between = new TcpProxy(direct.Port);
        direct.Port = _between.Port;
        var broker = direct.Uri.ToString();
        _silo = await Ends.Silo(broker, Control, TestContext.Current.CancellationToken);
        _worker = await Ends.Worker(broker, Worker, TestContext.Current.CancellationToken);
        return (_silo.Services, _worker.Services);
    }

    protected override async Task Stop()
    {
        foreach (var end in new[] { _worker, _silo })
        {
            if (end is not null)
            {
                await end.StopAsync(CancellationToken.None);
                end.Dispose();
            }
        }
        if (_between is not null)
        {
            await _between.DisposeAsync();
        }
    }

    protected override async Task Cut()
    {
        _between!.Cut();
        await Task.Delay(Fault, TestContext.Current.CancellationToken); // the length of the fault
        _between.Mend();
    }

    protected override async Task Pause()
    {
        _between!.Silence();
        await Task.Delay(Fault, TestContext.Current.CancellationToken); // the length of the fault
        _between.Mend();
    }
}
