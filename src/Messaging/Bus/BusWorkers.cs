using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>The control plane's side of the work queues.</summary>
/// <param name="bus">What carries the messages now.</param>
/// <param name="endpoints">How queues are addressed.</param>
/// <param name="recent">Notes which queues are used.</param>
/// <param name="taken">Ends when a queue is taken from; over memory, where a queue without a consumer keeps nothing. Null where it keeps what it gets.</param>
internal sealed class BusWorkers(Func<IBus> bus, Endpoints endpoints, RecentQueues recent, Func<string, CancellationToken, Task>? taken = null) : IWorkers
{
    public async Task Send(string queue, TrainPack pack, CancellationToken cancellation)
    {
        var name = Endpoints.Train(queue);
        recent.Note(name);
        await (taken?.Invoke(queue, cancellation) ?? Task.CompletedTask);
        await Send(endpoints.Address(name), PackMessage.From(pack), null, cancellation);
    }

    public Task Stop(string workerId, StopRuns stop, CancellationToken cancellation) =>
        Send(endpoints.WorkerAddress(workerId), stop, Endpoints.Worker(workerId), cancellation);

    private async Task Send<T>(Uri address, T message, string? routingKey, CancellationToken cancellation)
        where T : class
    {
        var endpoint = await bus().GetSendEndpoint(address);
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
