using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging;

/// <summary>The control plane's side of the work queues.</summary>
internal sealed class BusWorkers(IBus bus) : IWorkers
{
    public Task Send(string device, TrainPack pack, CancellationToken cancellation) => Send(Endpoints.Train(device), pack, cancellation);

    public Task Stop(string workerId, StopRuns stop, CancellationToken cancellation) => Send(Endpoints.Worker(workerId), stop, cancellation);

    private async Task Send<T>(string queue, T message, CancellationToken cancellation)
        where T : class
    {
        var endpoint = await bus.GetSendEndpoint(Endpoints.Address(queue));
        await endpoint.Send(message, cancellation);
    }
}
