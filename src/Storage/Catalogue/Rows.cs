using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Catalogue;

/// <summary>A sweep, as it is listed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Reason">Why it ended, if it did not complete.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="TotalRuns">Runs it expands to.</param>
/// <param name="Created">When it was submitted.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Document">The resolved specification as JSON, with the measures that were added since (<see cref="SweepDocuments"/>); null if what is stored could not be read.</param>
public sealed record SweepRow(
    string Id, string Name, SweepState State, string? Reason, int Priority, int TotalRuns, DateTimeOffset Created, DateTimeOffset? Ended, string? Document)
{
    /// <summary>The number of the newest change of this row or of a run of the sweep: the database counts it. What was read of the sweep at one number is the same at the next reading of that number.</summary>
    public long Change { get; init; }
}

/// <summary>A run of a sweep that was written.</summary>
/// <param name="Index">Its number in the sweep.</param>
/// <param name="Change">The sweep's change that wrote it last.</param>
/// <param name="Completed">Whether it is completed.</param>
public readonly record struct RunChange(int Index, long Change, bool Completed);

/// <summary>How many runs of a sweep have a row in a state.</summary>
/// <param name="SweepId">The sweep.</param>
/// <param name="State">The state.</param>
/// <param name="WithResult">Whether these are the runs that have a result.</param>
/// <param name="Runs">How many.</param>
public sealed record RunCount(string SweepId, RunState State, bool WithResult, int Runs);

/// <summary>A run in a sweep, as it is listed and aggregated. Key: (sweep, index). A pending run has no row.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-row")]
public sealed record RunRow
{
    /// <summary>The sweep.</summary>
    [Id(0)] public required string SweepId { get; init; }
    /// <summary>The run's number in the sweep.</summary>
    [Id(1)] public required int Index { get; init; }
    /// <summary>The run; several sweeps can share it.</summary>
    [Id(2)] public required string RunId { get; init; }
    /// <summary>Where it stands.</summary>
    [Id(3)] public required RunState State { get; init; }
    /// <summary>Newest attempt.</summary>
    [Id(4)] public required int Attempt { get; init; }
    /// <summary>Why it ended, if it did not complete.</summary>
    [Id(5)] public string? Reason { get; init; }
    /// <summary>Who held it last.</summary>
    [Id(6)] public string? Worker { get; init; }
    /// <summary>Newest snapshot step that is durable, or -1.</summary>
    [Id(7)] public int Step { get; init; } = -1;
    /// <summary>Content hash of that snapshot.</summary>
    [Id(8)] public string? WeightsHash { get; init; }
    /// <summary>First claim.</summary>
    [Id(9)] public DateTimeOffset? Started { get; init; }
    /// <summary>When it reached a final state.</summary>
    [Id(10)] public DateTimeOffset? Ended { get; init; }
    /// <summary>Device time over all attempts, seconds.</summary>
    [Id(11)] public double DeviceSeconds { get; init; }
    /// <summary>What the run came to; null until it has completed.</summary>
    [Id(12)] public RunFinals? Finals { get; init; }
    /// <summary>CPU kernels of the newest attempt that was claimed, or null.</summary>
    [Id(13)] public string? CpuKernels { get; init; }
    /// <summary>Every attempt, oldest first, as JSON (<see cref="AttemptRecord"/>).</summary>
    [Id(14)] public string? Attempts { get; init; }
    /// <summary>The pack of the newest attempt that was trained; null if none was, to its end.</summary>
    [Id(15)] public TrainedPack? Pack { get; init; }
}

/// <summary>What a completed run came to at its last step, at its sweep's threshold.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-finals")]
public sealed record RunFinals : IJsonOnDeserialized
{
    /// <summary>The results of <see cref="MetricTable"/> that have a source, by name. What is undefined or was not measured is not there.</summary>
    [Id(13)] public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    /// <summary>Number of induction heads at the threshold; null if heads were not measured.</summary>
    [Id(3)] public int? InductionHeads { get; init; }
    /// <summary>Last snapshot step below the threshold before the first crossing; null if never reached.</summary>
    [Id(5)] public int? TransitionAfter { get; init; }
    /// <summary>Step of the crossing, interpolated; null if never reached (right-censored).</summary>
    [Id(6)] public double? TransitionStep { get; init; }
    /// <summary>First snapshot step at or over the threshold; if never reached, the last snapshot step; null if heads were not measured.</summary>
    [Id(7)] public int? TransitionBy { get; init; }
    /// <summary>Midpoint of the in-context-learning score's change, or null.</summary>
    [Id(8)] public double? IclTransitionStep { get; init; }
    /// <summary>Losses by path order; null if they were not measured.</summary>
    [Id(12)] public RunTerms? Terms { get; init; }

    /// <summary>Grain states of older builds have a member for each metric.</summary>
    [JsonInclude, JsonExtensionData]
    [field: NonSerialized]
    private Dictionary<string, JsonElement>? Former { get; set; }

    /// <summary>One result, or null.</summary>
    public double? this[string metric] => Metrics.TryGetValue(metric, out var value) ? value : null;

    /// <summary>Metrics are compared by name and value.</summary>
    public bool Equals(RunFinals? other) => other is not null
        && (InductionHeads, TransitionAfter, TransitionStep, TransitionBy, IclTransitionStep, Terms)
            == (other.InductionHeads, other.TransitionAfter, other.TransitionStep, other.TransitionBy, other.IclTransitionStep, other.Terms)
        && Metrics.Count == other.Metrics.Count && Metrics.All(metric => other[metric.Key].Equals(metric.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metrics.Count, InductionHeads, TransitionStep, TransitionBy, Terms);

    void IJsonOnDeserialized.OnDeserialized()
    {
        var members = (Former ?? []).SelectMany(member => member.Value.ValueKind == JsonValueKind.Object
            ? member.Value.EnumerateObject().Select(inner => (inner.Name, inner.Value))
            : [(member.Key, member.Value)]);
        foreach (var (name, value) in members.Where(member => member.Value.ValueKind == JsonValueKind.Number))
        {
            ((Dictionary<string, double>)Metrics)[name.Replace("_excess", "_composition_excess", StringComparison.Ordinal)] = value.GetDouble();
        }
        Former = null;
    }
}

/// <summary>Losses by path order with frozen patterns (math.md 4.3), nats. Null if undefined.</summary>
/// <param name="UniformLoss">ln V.</param>
/// <param name="LossByOrder">L_0, L_1, …, L_L: with all paths through at most so many heads.</param>
/// <param name="DirectPlusLayerLoss">Direct path and the single heads of one layer, per layer.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-terms")]
public sealed record RunTerms(double UniformLoss, IReadOnlyList<double?> LossByOrder, IReadOnlyList<double?> DirectPlusLayerLoss)
{
    /// <summary>Standard errors of <see cref="LossByOrder"/> from the choice of sequences; empty where an older build stored the run.</summary>
    [Id(0)] public IReadOnlyList<double?> LossErrors { get; init; } = [];
    /// <summary>The same of <see cref="DirectPlusLayerLoss"/>.</summary>
    [Id(1)] public IReadOnlyList<double?> DirectPlusLayerErrors { get; init; } = [];

    /// <summary>Lists are compared by what is in them.</summary>
    public bool Equals(RunTerms? other) => other is not null && UniformLoss.Equals(other.UniformLoss)
        && LossErrors.SequenceEqual(other.LossErrors) && DirectPlusLayerErrors.SequenceEqual(other.DirectPlusLayerErrors)
        && LossByOrder.SequenceEqual(other.LossByOrder) && DirectPlusLayerLoss.SequenceEqual(other.DirectPlusLayerLoss);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(UniformLoss, LossByOrder.Count, DirectPlusLayerLoss.Count);
}

/// <summary>Which metrics of a snapshot there are, without their values.</summary>
/// <param name="Step">The snapshot's step.</param>
/// <param name="MetricVersion">Version of the definitions and of the layout.</param>
/// <param name="Measures">Measures that were taken, in the order of the enumeration.</param>
public readonly record struct FactKey(int Step, int MetricVersion, IReadOnlyList<Measure> Measures);

/// <summary>The metrics of one snapshot. Key: (run, step, metric version, measures); written again it is overwritten.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Step">The snapshot's step.</param>
/// <param name="MetricVersion">Version of the definitions and of the layout.</param>
/// <param name="Measures">Measures that the layout was made for: a set, which is read back in the order of the enumeration.</param>
/// <param name="Attempt">The attempt that reported it.</param>
/// <param name="WeightsHash">Content hash of the snapshot's weights.</param>
/// <param name="Values">The packed vector (<see cref="MetricVector.ToBytes"/>).</param>
public sealed record FactRow(
    string RunId, int Step, int MetricVersion, IReadOnlyList<Measure> Measures, int Attempt, string WeightsHash, byte[] Values)
{
    /// <summary>Whether this row has another's key.</summary>
    public bool Replaces(FactRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (RunId, Step, MetricVersion) == (other.RunId, other.Step, other.MetricVersion) && Measures.Order().SequenceEqual(other.Measures.Order());
    }
}
