using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;

namespace Orchestrator.Contracts.Work;

/// <summary>A run under one attempt: the fencing number that every message about it carries.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-attempt")]
public readonly record struct RunAttempt(string RunId, int Attempt);

/// <summary>One run of a pack, as a worker gets it.</summary>
/// <param name="Run">Which run, under which attempt.</param>
/// <param name="SweepId">The sweep on whose behalf it is trained; for logs and labels.</param>
/// <param name="Configuration">What to train.</param>
/// <param name="Plan">What to keep and measure.</param>
/// <param name="TraceParent">W3C trace context of the run's trace.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-assignment")]
public sealed record RunAssignment(RunAttempt Run, string SweepId, RunConfiguration Configuration, RunPlan Plan, string? TraceParent);

/// <summary>Work for one slot: runs of one shape, trained as one batched tensor program, or measured from what is stored of them. Carries no tensors.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.train-pack")]
public sealed record TrainPack(string PackId, IReadOnlyList<RunAssignment> Runs);

/// <summary>A worker asks for the runs of a pack before it touches a device. The grant, not the delivery, is the truth.</summary>
/// <param name="WorkerId">Who asks; contains the worker's generation.</param>
/// <param name="PackId">The pack, for logs.</param>
/// <param name="Runs">The attempts that the pack names.</param>
/// <param name="Redelivered">Whether the broker delivered the pack a second time.</param>
/// <param name="CpuKernels">CPU kernels of the worker's process, which the low bits of its results depend on; null if it computes nothing.</param>
public sealed record ClaimPack(string WorkerId, string PackId, IReadOnlyList<RunAttempt> Runs, bool Redelivered, string? CpuKernels = null);

/// <summary>What of a claim was granted; everything else is refused with its reason.</summary>
public sealed record ClaimReply(IReadOnlyList<RunGrant> Granted, IReadOnlyList<RunRefusal> Refused);

/// <summary>A lease on one attempt.</summary>
/// <param name="Run">The attempt.</param>
/// <param name="Lease">How long it holds without a renewal.</param>
/// <param name="Resume">Checkpoints of earlier attempts, newest first; the first that is whole is continued from.</param>
/// <param name="Snapshots">Snapshots of the plan that are stored already, ascending: none of them is trained for again, and those without metrics are measured from the store.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-grant")]
public sealed record RunGrant(RunAttempt Run, TimeSpan Lease, IReadOnlyList<StoredCheckpoint> Resume, IReadOnlyList<StoredSnapshot> Snapshots);

/// <summary>A snapshot's weights (safetensors), stored under their content hash.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Hash">The content hash.</param>
/// <param name="Measured">Whether its metrics are durable: of the current version, for all measures of the plan.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.stored-snapshot")]
public sealed record StoredSnapshot(int Step, string Hash, bool Measured);

/// <summary>Why an attempt was not granted, or why its holder must stop.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-refusal")]
public sealed record RunRefusal(RunAttempt Run, string Reason);

/// <summary>Weights, optimizer, random state and data position after <paramref name="Step"/> steps, stored under its content hash.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.stored-checkpoint")]
public sealed record StoredCheckpoint(int Step, string Hash);
