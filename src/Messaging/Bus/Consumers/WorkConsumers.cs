using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus.Consumers;

/// <summary>Takes packs; the delivery stays open until the pack is done. One that the worker does not take goes back to the end of its queue.</summary>
internal sealed class TrainPackConsumer(IWorkHandler worker, Uri queue, Deliveries deliveries) : IConsumer<PackMessage>
{
    public async Task Consume(ConsumeContext<PackMessage> context)
    {
        deliveries.Begin();
        try
        {
            if (!await worker.Train(context.Message.Read(), context.ReceiveContext.Redelivered, context.CancellationToken))
            {
                await context.Send(queue, context.Message);
            }
        }
        finally
        {
            deliveries.End();
        }
    }
}

/// <summary>Takes orders to one worker, and answers the pings that it sends to itself.</summary>
internal sealed class OrdersConsumer(IWorkHandler worker) : IConsumer<StopRuns>, IConsumer<Ping>
{
    public Task Consume(ConsumeContext<Ping> context) => context.RespondAsync(new Pong());

    public Task Consume(ConsumeContext<StopRuns> context)
    {
        worker.Stop(context.Message);
        return Task.CompletedTask;
    }
}
