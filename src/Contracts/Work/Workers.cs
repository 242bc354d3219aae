namespace Orchestrator.Contracts.Work;

/// <summary>A worker process introduces itself, at start and again whenever the control plane asks who it is.</summary>
/// <param name="WorkerId"><c>name#generation</c>: a restarted process is another worker.</param>
/// <param name="Device">Device class, which names the work queue: <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Slots">How many packs it trains at a time.</param>
/// <param name="Host">Machine name.</param>
/// <param name="MemoryGb">Memory of a slot, GB (10^9 bytes): its device's, shared by the device's slots; 0 if it is not known.</param>
/// <param name="Labels">What it is, in words that sweeps can require.</param>
/// <param name="Stored">Hash of an artifact that it has just stored. A control plane that does not see it has another store.</param>
/// <param name="ProtocolVersion"><see cref="Versions.Protocol"/> of the worker's build.</param>
/// <param name="TrainerVersion"><see cref="Versions.Trainer"/> of the worker's build.</param>
/// <param name="MetricVersion"><see cref="Versions.Metrics"/> of the worker's build.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.worker-hello")]
public sealed record WorkerHello(
    string WorkerId, string Device, int Slots, string Host, double MemoryGb, IReadOnlyList<string> Labels, string Stored, int ProtocolVersion, int TrainerVersion, int MetricVersion);

/// <summary>Whether the worker may take work, and if not, why.</summary>
/// <param name="Accepted">Whether it may.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Lease">How long a lease holds without a renewal, so that the worker knows how often to be heard.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.worker-welcome")]
public sealed record WorkerWelcome(bool Accepted, string? Reason, TimeSpan Lease);

/// <summary>The worker leaves in order; its leases were given back before.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.worker-bye")]
public sealed record WorkerBye(string WorkerId);

/// <summary>Sent to one worker: stop these attempts now.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.stop-runs")]
public sealed record StopRuns(IReadOnlyList<RunRefusal> Runs);
