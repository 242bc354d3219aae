using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus.Consumers;

/// <summary>Takes packs; the delivery stays open until the pack is done. One that the worker does not take goes back to the end of its queue.</summary>
internal sealed class TrainPackConsumer(IWorkHandler worker, Uri queue) : IConsumer<PackMessage>
{
    public async Task Consume(ConsumeContext<PackMessage> context)
    {
        if (!await worker.Train(context.Message.Read(), context.ReceiveContext.Redelivered, context.CancellationToken))
        {
            await context.Send(queue, context.Message);
        }
    }
}

/// <summary>Takes orders to one worker.</summary>
internal sealed class StopRunsConsumer(IWorkHandler worker) : IConsumer<StopRuns>
{
    public Task Consume(ConsumeContext<StopRuns> context)
    {
        worker.Stop(context.Message);
        return Task.CompletedTask;
    }
}
