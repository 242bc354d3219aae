using System.Text.Json.Serialization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Contracts.Api;

/// <summary>One attempt at a run: who held it, when, and how it ended (<c>outcome</c> is null while it is open).</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.attempt-record")]
public sealed record AttemptRecord(int Attempt, string? Worker, DateTimeOffset? Started, DateTimeOffset? Ended, string? Outcome)
{
    /// <summary>Whether it only measured snapshots that were stored; left out if it trained.</summary>
    [Id(0), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool OnlyMeasured { get; init; }
    /// <summary>CPU kernels of the process that held it, as in <c>avx512-1f2e3d4c</c>: results are the same to the bit only if these are. Left out if it was not told.</summary>
    [Id(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? CpuKernels { get; init; }
    /// <summary>The run's trace, as 32 hexadecimal digits. Left out where nothing is traced.</summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Trace { get; init; }
    /// <summary>The pack that it was trained in. Left out while it is open, and if it was not trained.</summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public TrainedPack? Pack { get; init; }
}

/// <summary>One run (<c>run show</c>; <c>run list</c> leaves the attempts out).</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-detail")]
public sealed record RunDetail
{
    /// <summary>The run's identity: a hash of its configuration, seed and trainer version.</summary>
    [Id(0)] public required string Id { get; init; }
    /// <summary>The sweep it was asked for in.</summary>
    [Id(1)] public required string Sweep { get; init; }
    /// <summary>Its number in the sweep.</summary>
    [Id(2)] public required int Index { get; init; }
    /// <summary>Where it stands.</summary>
    [Id(3)] public required RunState State { get; init; }
    /// <summary>Why it ended, if it did not complete.</summary>
    [Id(4)] public string? Reason { get; init; }
    /// <summary>Every attempt, oldest first; left out of lists.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<AttemptRecord>? Attempts { get; init; }
    /// <summary>Optimizer steps done.</summary>
    [Id(6)] public required int Steps { get; init; }
    /// <summary>Optimizer steps that the configuration asks for.</summary>
    [Id(7)] public required int FinalStep { get; init; }
    /// <summary>Content hash of the newest snapshot's weights, or null.</summary>
    [Id(8)] public string? WeightsHash { get; init; }
    /// <summary>Held-out loss per token at the newest snapshot, nats, or null.</summary>
    [Id(9)] public double? FinalLoss { get; init; }
    /// <summary>Largest prefix-matching score over heads at the newest snapshot, or null.</summary>
    [Id(10)] public double? PrefixMatchingMax { get; init; }
    /// <summary>The configuration it is trained from.</summary>
    [Id(11)] public required RunConfiguration Config { get; init; }
    /// <summary>CPU kernels of the newest attempt that was claimed; left out if there is none, or it did not tell.</summary>
    [Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? CpuKernels { get; init; }
    /// <summary>Step of the phase change, between two snapshots; null if it was never reached, or heads were not measured.</summary>
    [Id(13)] public double? TransitionStep { get; init; }
    /// <summary>In-context-learning score at the newest snapshot, nats, or null.</summary>
    [Id(14)] public double? IclScore { get; init; }
    /// <summary>Where its trace can be looked at; left out where nothing is traced, or the server was not told where traces are.</summary>
    [Id(15), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Uri? TraceUrl { get; init; }
}

/// <summary>Some runs of a sweep by index.</summary>
/// <param name="Runs">The runs, without their attempts.</param>
/// <param name="Next">Where the next page begins, or null if there is none.</param>
public sealed record RunPage(IReadOnlyList<RunDetail> Runs, string? Next);

/// <summary>A snapshot of a run that is durable with its metrics.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="WeightsHash">Lower-case hexadecimal SHA-256 of its weights file.</param>
public sealed record RunSnapshot(int Step, string WeightsHash);

/// <summary>A column of a table.</summary>
public sealed record TableColumn(string Name, string Type);

/// <summary>A table of results (<c>heads</c>, <c>query</c>).</summary>
/// <param name="Columns">Names and types.</param>
/// <param name="Rows">Values in the order of the columns.</param>
/// <param name="Truncated">Whether rows were left out because there were too many.</param>
public sealed record Table(IReadOnlyList<TableColumn> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows, bool Truncated)
{
    /// <summary>Where the next page begins; left out if there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Next { get; init; }
}

/// <summary>A worker in a list.</summary>
/// <param name="Id">Name and generation.</param>
/// <param name="Host">Machine name.</param>
/// <param name="Device">Device class.</param>
/// <param name="Slots">Packs that it trains at a time.</param>
/// <param name="Busy">Slots with a pack in them.</param>
/// <param name="LastSeen">When it was last heard of.</param>
/// <param name="State">idle or busy.</param>
/// <param name="MemoryGb">Memory of a slot, GB (10^9 bytes); 0 if it is not known.</param>
/// <param name="Labels">What sweeps can require of it.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.worker-summary")]
public sealed record WorkerSummary(string Id, string Host, string Device, int Slots, int Busy, DateTimeOffset LastSeen, string State, double MemoryGb, IReadOnlyList<string> Labels);

/// <summary>A queue of the broker, as a silo saw it in the last ten seconds.</summary>
/// <param name="Name">Its name: <c>train.DEVICE</c> carries packs, <c>control</c> what workers say.</param>
/// <param name="Messages">Messages that wait.</param>
/// <param name="Consumers">Who takes from it.</param>
/// <param name="SetAside">Whether it holds what nobody could take: see the logs.</param>
public sealed record QueueSummary(string Name, long Messages, long Consumers, bool SetAside);
