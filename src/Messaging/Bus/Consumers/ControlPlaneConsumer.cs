using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus.Consumers;

/// <summary>Hands every message of the control queue to the control plane and sends its answer back.</summary>
internal sealed class ControlPlaneConsumer(IControlPlane control) :
    IConsumer<WorkerHello>, IConsumer<WorkerBye>, IConsumer<ClaimPack>, IConsumer<Heartbeat>,
    IConsumer<SnapshotReport>, IConsumer<CheckpointReport>, IConsumer<RunFinished>, IConsumer<WorkerLog>
{
    public async Task Consume(ConsumeContext<WorkerHello> context) =>
        await context.RespondAsync(await control.Hello(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<WorkerBye> context) =>
        await context.RespondAsync(await control.Bye(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<ClaimPack> context) =>
        await context.RespondAsync(await control.Claim(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<Heartbeat> context) =>
        await context.RespondAsync(await control.Beat(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<SnapshotReport> context) =>
        await context.RespondAsync(await control.Report(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<CheckpointReport> context) =>
        await context.RespondAsync(await control.Report(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<RunFinished> context) =>
        await context.RespondAsync(await control.Finish(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<WorkerLog> context) =>
        await context.RespondAsync(await control.Log(context.Message, context.CancellationToken));
}
