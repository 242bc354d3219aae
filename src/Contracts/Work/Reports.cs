using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Contracts.Work;

/// <summary>Where one run of a pack is.</summary>
/// <param name="Run">The attempt.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Loss">Training loss of the last step, nats.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-progress")]
public sealed record RunProgress(RunAttempt Run, int Step, double Loss);

/// <summary>Renews the leases of everything one worker holds. Comes from the training loop, so that a hung device is noticed.</summary>
/// <param name="WorkerId">Who speaks.</param>
/// <param name="BusySlots">Slots with a pack in them.</param>
/// <param name="Queues">Work queues that it takes from besides that of its device class.</param>
/// <param name="Runs">Every attempt that the worker holds and whose training loop moved since the last heartbeat.</param>
public sealed record Heartbeat(string WorkerId, int BusySlots, IReadOnlyList<string> Queues, IReadOnlyList<RunProgress> Runs);

/// <summary>The answer to a heartbeat.</summary>
/// <param name="Known">False if the control plane does not know the worker (any more): it must introduce itself again.</param>
/// <param name="Stop">Attempts that are no longer the worker's and must stop, each with the reason.</param>
/// <param name="Queues">Work queues to take from besides that of the device class: of sweeps whose requirements the worker meets.</param>
public sealed record HeartbeatReply(bool Known, IReadOnlyList<RunRefusal> Stop, IReadOnlyList<string> Queues);

/// <summary>
/// Everything that the holder of a run's lease has to tell at one time: durable together, or refused together. Sent until it is
/// acknowledged; telling it again changes nothing.
/// </summary>
/// <param name="WorkerId">Who speaks.</param>
/// <param name="Run">The attempt.</param>
/// <param name="Snapshots">Measured snapshots, ascending.</param>
/// <param name="Checkpoints">Checkpoints that became durable, ascending.</param>
/// <param name="End">The end of the attempt, where everything else was told before or is told with it; null while it goes on.</param>
/// <param name="Trained">The run id of the configuration that the worker was given, worked out from its content: a report for another run is refused.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-report")]
public sealed record RunReport(
    string WorkerId, RunAttempt Run, IReadOnlyList<MeasuredSnapshot> Snapshots, IReadOnlyList<StoredCheckpoint> Checkpoints, AttemptEnd? End, string Trained);

/// <summary>One snapshot, measured. Its metrics are known by (run, step, metric version, measures).</summary>
/// <param name="Step">The snapshot's step.</param>
/// <param name="MetricVersion">Version of the layout.</param>
/// <param name="Measures">Measures that the layout was made for.</param>
/// <param name="Metrics">The packed vector as bytes (<see cref="MetricVector.ToBytes"/>); empty if nothing was measured.</param>
/// <param name="WeightsHash">Content hash of the stored snapshot (safetensors).</param>
[GenerateSerializer, Immutable, Alias("orchestrator.measured-snapshot")]
public sealed record MeasuredSnapshot(int Step, int MetricVersion, IReadOnlyList<Measure> Measures, byte[] Metrics, string WeightsHash);

/// <summary>How a worker's hold on a run ended.</summary>
public enum RunOutcome
{
    /// <summary>Trained and measured to the last step.</summary>
    Completed,
    /// <summary>It cannot succeed: trying again would fail the same way (the loss is not a number, the configuration does not fit).</summary>
    Failed,
    /// <summary>It went wrong where another attempt may not (out of memory, a broken checkpoint, an error of the machine).</summary>
    Faulted,
    /// <summary>Given back on purpose; costs no attempt.</summary>
    Released,
    /// <summary>A stored snapshot that was to be measured is missing or damaged; the step is the snapshot's.</summary>
    SnapshotLost,
}

/// <summary>The worker is done with an attempt.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Step">Optimizer steps done, or the step of the snapshot that is lost.</param>
/// <param name="Reason">For anything but completion, why; names the cause and what to change.</param>
/// <param name="DeviceSeconds">Seconds of device time that this attempt used (a pack's time is shared among its runs).</param>
/// <param name="Pack">The pack that it was trained in; null if it was not trained.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.attempt-end")]
public sealed record AttemptEnd(RunOutcome Outcome, int Step, string? Reason, double DeviceSeconds, TrainedPack? Pack = null);

/// <summary>A pack as it was trained: what the size of the next one is chosen by.</summary>
/// <param name="Device">Where, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Models">How many models were trained together, this one included.</param>
/// <param name="TooMany">The smallest number of models of this shape that did not fit into the device's memory; null if all fitted.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.trained-pack")]
public sealed record TrainedPack(string Device, int Models, int? TooMany = null);

/// <summary>Whether a report was accepted (and is durable) or refused as stale; a refused holder stops.</summary>
/// <param name="Accepted">Whether it was.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Checkpoints">Of an accepted report, the checkpoints that the run keeps: its holder deletes the others that it knows. Null if nothing may be deleted.</param>
/// <param name="Unseen">Of a refused report, hashes of snapshots that are not in the control plane's artifact store: its holder stores them again and repeats the report.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.report-reply")]
public sealed record ReportReply(bool Accepted, string? Reason, IReadOnlyList<StoredCheckpoint>? Checkpoints = null, IReadOnlyList<string>? Unseen = null);
