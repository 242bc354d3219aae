using Microsoft.Extensions.Hosting;

namespace Orchestrator.Messaging.Tests.RabbitMq;

public sealed class RabbitMqBusTests : BusContract
{
    private IHost? _silo;
    private IHost? _worker;

    protected override async Task<(IServiceProvider Silo, IServiceProvider Worker)> Start()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
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
    }
}
