using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Models;

/// <summary>One run. Key: run id. Owns the run's state machine and is its only writer; active only while the run is open or looked at.</summary>
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>A sweep wants the run. Persists the next attempt before it returns what is to be published; returns nothing to publish if the run is already in somebody's hands or done.</summary>
    Task<DispatchReply> Dispatch(DispatchOrder order);

    /// <summary>A worker asks for the lease on an attempt, and says which CPU kernels it has.</summary>
    Task<ClaimDecision> Claim(RunAttempt run, string worker, bool redelivered, string? cpuKernels);

    /// <summary>The holder renews its lease. Returns null, or why it must stop.</summary>
    Task<string?> Beat(RunProgress progress, string worker);

    /// <summary>The holder tells what became of the run.</summary>
    Task<ReportReply> Report(RunReport report);

    /// <summary>A sweep no longer wants what its order says, or will never want it. The run is cancelled when nobody else wants it; a result stays.</summary>
    Task Withdraw(DispatchOrder order, string reason);

    /// <summary>Ends expired leases and says what must be published again. Called by the sweep's supervisor.</summary>
    Task<DispatchReply> Supervise();

    /// <summary>What is trained, or null if nobody asked for the run.</summary>
    Task<RunConfiguration?> Configuration();
}

/// <summary>A sweep asks for a run.</summary>
/// <param name="SweepId">The sweep.</param>
/// <param name="Index">The run's number there.</param>
/// <param name="Configuration">What to train.</param>
/// <param name="Plan">What to keep and measure.</param>
/// <param name="TraceParent">W3C trace context of the command.</param>
/// <param name="OnlyMeasure">Whether the sweep has the run's result and wants its stored snapshots measured again, and no training.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.dispatch-order")]
public sealed record DispatchOrder(string SweepId, int Index, RunConfiguration Configuration, RunPlan Plan, string? TraceParent, bool OnlyMeasure = false);

/// <summary>Where the run stands, and what is to be published for it, if anything; or why nothing can be known of it.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.dispatch-reply")]
public sealed record DispatchReply(RunState State, RunAssignment? Publish, string? Unreadable = null);

/// <summary>Exactly one of the two is set.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.claim-decision")]
public sealed record ClaimDecision(RunGrant? Grant, string? Refusal);
