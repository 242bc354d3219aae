using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>A control plane that answers nobody.</summary>
internal sealed class Deaf : IControlPlane
{
    public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");

    public Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");

    public Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");

    public Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");

    public Task<ReportReply> Report(RunReport report, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");

    public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation) => throw new InvalidOperationException("the database is away");
}
