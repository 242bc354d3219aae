using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>The control plane's side of the work queues.</summary>
internal sealed class BusWorkers(IBus bus, Endpoints endpoints, RecentQueues recent) : IWorkers
{
    public Task Send(string queue, TrainPack pack, CancellationToken cancellation)
    {
        var name = Endpoints.Train(queue);
        recent.Note(name);
        return Send(endpoints.Address(name), PackMessage.From(pack), null, cancellation);
    }

    public Task Stop(string workerId, StopRuns stop, CancellationToken cancellation) =>
        Send(endpoints.WorkerAddress(workerId), stop, Endpoints.Worker(workerId), cancellation);

    private async Task Send<T>(Uri address, T message, string? routingKey, CancellationToken cancellation)
        where T : class
    {
        var endpoint = await bus.GetSendEndpoint(address);
        await endpoint.Send(message, (SendContext<T> context) => MustArrive(context, routingKey), cancellation);
    }

    /// <summary>A message that no queue takes comes back as an exception; without this the broker drops it and says nothing.</summary>
    private static void MustArrive(SendContext context, string? routingKey)
    {
        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
        {
            rabbit.Mandatory = true;
            rabbit.RoutingKey = routingKey ?? "";
        }
    }
}
