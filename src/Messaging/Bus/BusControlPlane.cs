using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>The worker's side of <see cref="IControlPlane"/>: request and answer over the control bus.</summary>
internal sealed class BusControlPlane(IBus bus, Endpoints endpoints, TimeSpan timeout) : IControlPlane
{
    private readonly Uri _address = endpoints.Address(Endpoints.Control);

    public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation) => Ask<WorkerHello, WorkerWelcome>(hello, cancellation);

    public Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation) => Ask<WorkerBye, ReportReply>(bye, cancellation);

    public Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation) => Ask<ClaimPack, ClaimReply>(claim, cancellation);

    public Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation) => Ask<Heartbeat, HeartbeatReply>(heartbeat, cancellation);

    public Task<ReportReply> Report(SnapshotReport report, CancellationToken cancellation) => Ask<SnapshotReport, ReportReply>(report, cancellation);

    public Task<ReportReply> Report(CheckpointReport report, CancellationToken cancellation) => Ask<CheckpointReport, ReportReply>(report, cancellation);

    public Task<ReportReply> Finish(RunFinished finished, CancellationToken cancellation) => Ask<RunFinished, ReportReply>(finished, cancellation);

    public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation) => Ask<WorkerLog, ReportReply>(log, cancellation);

    private async Task<TReply> Ask<TRequest, TReply>(TRequest request, CancellationToken cancellation)
        where TRequest : class
        where TReply : class
    {
        var client = bus.CreateRequestClient<TRequest>(_address, RequestTimeout.After(ms: (int)timeout.TotalMilliseconds));
        var response = await client.GetResponse<TReply>(request, context => context.UseExecute(send => send.Durable = false), cancellation);
        return response.Message;
    }
}
