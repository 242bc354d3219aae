using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus.Consumers;

/// <summary>Takes packs; the delivery stays open until the pack is done.</summary>
internal sealed class TrainPackConsumer(IWorkHandler worker) : IConsumer<PackMessage>
{
    public Task Consume(ConsumeContext<PackMessage> context) =>
        worker.Train(context.Message.Read(), context.ReceiveContext.Redelivered, context.CancellationToken);
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
