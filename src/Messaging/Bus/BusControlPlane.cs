using MassTransit;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>The worker's side of <see cref="IControlPlane"/>: request and answer over the control bus. What is about single runs is gathered.</summary>
internal sealed class BusControlPlane : IControlPlane
{
    private readonly Func<IBus> _bus;
    private readonly Uri _address;
    private readonly TimeSpan _timeout;
    private readonly CallGatherer _calls;

    public BusControlPlane(Func<IBus> bus, Endpoints endpoints, TimeSpan timeout)
    {
        (_bus, _address, _timeout) = (bus, endpoints.Address(Endpoints.Control), timeout);
        _calls = new CallGatherer(async calls => (await Ask<CallsMessage, AnswersMessage>(new CallsMessage(calls), CancellationToken.None)).Answers);
    }

    public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation) => Ask<WorkerHello, WorkerWelcome>(hello, cancellation);

    public Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation) => Ask<WorkerBye, ReportReply>(bye, cancellation);

    public async Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation) => (await _calls.Ask(new Call { Claim = claim }, cancellation)).Claim!;

    public Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation) => Ask<Heartbeat, HeartbeatReply>(heartbeat, cancellation);

    public async Task<ReportReply> Report(RunReport report, CancellationToken cancellation) => (await _calls.Ask(new Call { Report = report }, cancellation)).Report!;

    public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation) => Ask<WorkerLog, ReportReply>(log, cancellation);

    private async Task<TReply> Ask<TRequest, TReply>(TRequest request, CancellationToken cancellation)
        where TRequest : class
        where TReply : class
    {
        var client = _bus().CreateRequestClient<TRequest>(_address, RequestTimeout.After(ms: (int)_timeout.TotalMilliseconds));
        var response = await client.GetResponse<TReply>(request, context => context.UseExecute(send => send.Durable = false), cancellation);
        return response.Message;
    }
}
