using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging;

/// <summary>
/// What a worker says to the control plane. The control plane implements it on grains; a worker gets an implementation that
/// carries every call over the control bus. A call returns when its effect is durable; it throws where the bus or the control
/// plane did not answer in time, and may then be repeated: every call is idempotent.
/// </summary>
public interface IControlPlane
{
    /// <summary>A worker introduces itself.</summary>
    Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation);

    /// <summary>A worker leaves in order.</summary>
    Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation);

    /// <summary>A worker asks for the runs of a pack.</summary>
    Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation);

    /// <summary>A worker renews its leases.</summary>
    Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation);

    /// <summary>A worker tells what became of a run that it holds.</summary>
    Task<ReportReply> Report(RunReport report, CancellationToken cancellation);

    /// <summary>A worker passes on what it logged about runs. Alone among the calls it returns before anything is durable.</summary>
    Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation);
}
