using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus.Consumers;

/// <summary>Hands every message of the control queue to the control plane and sends its answer back.</summary>
internal sealed class ControlPlaneConsumer(IControlPlane control) :
    IConsumer<Ping>, IConsumer<WorkerHello>, IConsumer<WorkerBye>, IConsumer<Heartbeat>, IConsumer<WorkerLog>, IConsumer<CallsMessage>
{
    public Task Consume(ConsumeContext<Ping> context) => Task.CompletedTask; // that it came is all it says

    public async Task Consume(ConsumeContext<WorkerHello> context) =>
        await context.RespondAsync(await control.Hello(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<WorkerBye> context) =>
        await context.RespondAsync(await control.Bye(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<Heartbeat> context) =>
        await context.RespondAsync(await control.Beat(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<WorkerLog> context) =>
        await context.RespondAsync(await control.Log(context.Message, context.CancellationToken));

    public async Task Consume(ConsumeContext<CallsMessage> context) =>
        await context.RespondAsync(new AnswersMessage(await Task.WhenAll(context.Message.Calls.Select(call => Answer(call, context.CancellationToken)))));

    /// <summary>One call that fails must not cost the others their answers.</summary>
    private async Task<Answer> Answer(Call call, CancellationToken cancellation)
    {
        try
        {
            return call switch
            {
                { Claim: { } claim } => new Answer { Claim = await control.Claim(claim, cancellation) },
                { Report: { } report } => new Answer { Report = await control.Report(report, cancellation) },
                _ => new Answer { Fault = "the call is of a kind that this control plane does not know" },
            };
        }
        catch (Exception fault)
        {
            LogContext.Error?.Log(fault, "a call about a run failed; whoever made it is told, and makes it again");
            return new Answer { Fault = fault.Message };
        }
    }
}
