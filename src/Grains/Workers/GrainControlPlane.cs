using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Models;
using Orchestrator.Messaging;
using Orchestrator.Storage;
using Orchestrator.Storage.Logs;

namespace Orchestrator.Grains.Workers;

/// <summary>Answers workers by asking the grains: the control plane's end of the control bus.</summary>
public sealed class GrainControlPlane(IGrainFactory grains, RunLogBuffer logs, ILogger<GrainControlPlane> logger) : IControlPlane
{
    /// <inheritdoc/>
    public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(hello);
        return grains.GetGrain<IWorkerGrain>(hello.WorkerId).Hello(hello);
    }

    /// <inheritdoc/>
    public async Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(bye);
        await grains.GetGrain<IWorkerGrain>(bye.WorkerId).Bye();
        return new ReportReply(true, null);
    }

    /// <inheritdoc/>
    public async Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var decisions = await Task.WhenAll(claim.Runs.Select(run => Claim(run, claim)));
        if (decisions.Length > 0 && Array.TrueForAll(decisions, d => d.Fault is not null))
        {
            ExceptionDispatchInfo.Throw(decisions[0].Fault!); // whoever asked asks again, or gives the pack back
        }
        return new ClaimReply(
            [.. decisions.Where(d => d.Decision.Grant is not null).Select(d => d.Decision.Grant!)],
            [.. decisions.Where(d => d.Decision.Refusal is not null).Select(d => new RunRefusal(d.Run, d.Decision.Refusal!))]);
    }

    /// <inheritdoc/>
    public async Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        var queues = grains.GetGrain<IWorkerGrain>(heartbeat.WorkerId).Seen(heartbeat.BusySlots, [.. heartbeat.Queues.OfType<string>()]);
        var verdicts = await Task.WhenAll(heartbeat.Runs.OfType<RunProgress>().Select(async run => (run.Run, Reason: await Beat(run, heartbeat.WorkerId))));
        var listen = await queues;
        return new HeartbeatReply(listen is not null, [.. verdicts.Where(v => v.Reason is not null).Select(v => new RunRefusal(v.Run, v.Reason!))], listen ?? []);
    }

    /// <inheritdoc/>
    public Task<ReportReply> Report(RunReport report, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Model(report.Run).Report(report);
    }

    /// <inheritdoc/>
    public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(log);
        var given = log.Lines.Take(WorkerLog.MostLines).Select(line => line is null ? line! : line with { Source = log.WorkerId });
        foreach (var fault in given.Select(logs.Add).OfType<string>().Distinct())
        {
            Grains.GrainLog.LinesSetAside(logger, RunLogBuffer.Start(log.WorkerId), fault);
        }
        return Task.FromResult(new ReportReply(true, null));
    }

    /// <summary>One run that does not answer must not cost the others of its pack their grants.</summary>
    private async Task<(RunAttempt Run, ClaimDecision Decision, Exception? Fault)> Claim(RunAttempt run, ClaimPack claim)
    {
        try
        {
            return (run, await Model(run).Claim(run, claim.WorkerId, claim.Redelivered, claim.CpuKernels), null);
        }
        catch (Exception fault)
        {
            Grains.GrainLog.ClaimFailed(logger, run.RunId, fault);
            return (run, new ClaimDecision(null, $"the run cannot be asked: {StorageException.In(fault)?.Message ?? fault.Message}"), fault);
        }
    }

    /// <summary>One run that does not answer must not cost the others their leases.</summary>
    private async Task<string?> Beat(RunProgress run, string worker)
    {
        try
        {
            return await Model(run.Run).Beat(run, worker);
        }
        catch (Exception error)
        {
            Grains.GrainLog.BeatFailed(logger, run.Run.RunId, error);
            return null;
        }
    }

    private IModelGrain Model(RunAttempt run) => grains.GetGrain<IModelGrain>(run.RunId);
}
