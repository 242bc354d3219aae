using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Storage.Catalogue;

/// <summary>A sweep, as it is listed.</summary>
public sealed record SweepRow(
    string Id, string Name, SweepState State, string? Reason, int Priority, int TotalRuns, DateTimeOffset Created, DateTimeOffset? Ended);

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
}

/// <summary>What a completed run came to at its last step, at its sweep's threshold. Null if a metric is undefined.</summary>
/// <param name="FinalLoss">Held-out loss per token, nats.</param>
/// <param name="IclScore">In-context-learning score, nats; negative is in-context learning.</param>
/// <param name="PrefixMatchingMax">Largest prefix-matching score over heads.</param>
/// <param name="InductionHeads">Number of induction heads at the threshold.</param>
/// <param name="KExcessMax">Largest K-composition excess over pairs.</param>
/// <param name="TransitionAfter">Last snapshot step below the threshold before the first crossing; null if never reached.</param>
/// <param name="TransitionStep">Step of the crossing, interpolated; null if never reached (right-censored).</param>
/// <param name="TransitionBy">First snapshot step at or over the threshold; if never reached, the last snapshot step; null if heads were not measured.</param>
/// <param name="IclTransitionStep">Midpoint of the in-context-learning score's change, or null.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-finals")]
public sealed record RunFinals(
    double? FinalLoss, double? IclScore, double? PrefixMatchingMax, int? InductionHeads, double? KExcessMax,
    int? TransitionAfter, double? TransitionStep, int? TransitionBy, double? IclTransitionStep)
{
    /// <summary>How features share dimensions; null if the sweep does not measure superposition.</summary>
    [Id(9)] public SuperpositionFinals? Superposition { get; init; }
    /// <summary>Largest Q-composition excess over pairs.</summary>
    [Id(10)] public double? QExcessMax { get; init; }
    /// <summary>Largest V-composition excess over pairs.</summary>
    [Id(11)] public double? VExcessMax { get; init; }
    /// <summary>Losses by path order; null if they were not measured.</summary>
    [Id(12)] public RunTerms? Terms { get; init; }
}

/// <summary>Losses by path order with frozen patterns (math.md 4.3), nats. Null if undefined.</summary>
/// <param name="UniformLoss">ln V.</param>
/// <param name="LossByOrder">L_0, L_1, …, L_L: with all paths through at most so many heads.</param>
/// <param name="DirectPlusLayerLoss">Direct path and the single heads of one layer, per layer.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-terms")]
public sealed record RunTerms(double UniformLoss, IReadOnlyList<double?> LossByOrder, IReadOnlyList<double?> DirectPlusLayerLoss)
{
    /// <summary>Lists are compared by what is in them.</summary>
    public bool Equals(RunTerms? other) => other is not null && UniformLoss.Equals(other.UniformLoss)
        && LossByOrder.SequenceEqual(other.LossByOrder) && DirectPlusLayerLoss.SequenceEqual(other.DirectPlusLayerLoss);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(UniformLoss, LossByOrder.Count, DirectPlusLayerLoss.Count);
}

/// <summary>Superposition at a run's last step, of a toy's W or a transformer's W_E. Null if undefined.</summary>
/// <param name="FeaturesRepresented">Features with a norm above 1/2; toy models alone have such a scale.</param>
/// <param name="DimensionsPerFeature">m / ||W||_F^2.</param>
/// <param name="MeanDimensionality">Mean dimensionality of the represented features.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.superposition-finals")]
public sealed record SuperpositionFinals(double? FeaturesRepresented, double? DimensionsPerFeature, double? MeanDimensionality);

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
