using System.Text.Json;

namespace Orchestrator.Contracts.Api;

/// <summary>How a sweep's metrics move over training: what the plots of a report are drawn from.</summary>
/// <param name="Sweep">Name, state, counts.</param>
/// <param name="Groups">One per point of the grid, in the order of <see cref="SweepResult.Groups"/>.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-trajectory")]
public sealed record SweepTrajectory(SweepHead Sweep, IReadOnlyList<GroupTrajectory> Groups);

/// <summary>The runs that share a point of the grid, snapshot by snapshot.</summary>
/// <param name="By">Axis path to value.</param>
/// <param name="Points">One per snapshot step, ascending.</param>
/// <param name="Lines">Single runs, at most 50, for thin lines behind the mean.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.group-trajectory")]
public sealed record GroupTrajectory(
    IReadOnlyDictionary<string, JsonElement> By, IReadOnlyList<TrajectoryPoint> Points, IReadOnlyList<RunLine> Lines);

/// <summary>Means over runs at one snapshot step, each with its 95% interval over the runs for which it is defined.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Loss">Held-out loss per token, nats.</param>
/// <param name="IclScore">In-context-learning score, nats; negative is in-context learning.</param>
/// <param name="PrefixMatchingMax">Largest prefix-matching score over heads, 0 to 1.</param>
/// <param name="PreviousTokenMax">Largest previous-token score over heads, 0 to 1.</param>
/// <param name="KExcessMax">Largest K-composition excess over pairs of heads.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.trajectory-point")]
public sealed record TrajectoryPoint(
    int Step, MeanEstimate Loss, MeanEstimate IclScore, MeanEstimate PrefixMatchingMax, MeanEstimate PreviousTokenMax, MeanEstimate KExcessMax);

/// <summary>One run over its snapshots: one value per point of the group, in their order; null if there is no snapshot (yet) or the metric is undefined.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="PrefixMatchingMax">Largest prefix-matching score over heads.</param>
/// <param name="Loss">Held-out loss per token, nats.</param>
/// <param name="IclScore">In-context-learning score, nats.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.run-line")]
public sealed record RunLine(string Run, ulong Seed, IReadOnlyList<double?> PrefixMatchingMax, IReadOnlyList<double?> Loss, IReadOnlyList<double?> IclScore);
