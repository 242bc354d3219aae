namespace Orchestrator.Contracts.Api;

/// <summary>A run over its snapshots, while it trains too.</summary>
/// <param name="Run">The run.</param>
/// <param name="Points">What was measured, by step.</param>
public sealed record RunCurve(string Run, IReadOnlyList<RunCurvePoint> Points);

/// <summary>One snapshot of a <see cref="RunCurve"/>; null where a metric is undefined or was not measured.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Loss">Held-out loss: per token in nats, or the toy models' squared error.</param>
/// <param name="IclScore">In-context-learning score, nats.</param>
/// <param name="PrefixMatchingMax">Largest prefix-matching score over heads, 0 to 1.</param>
/// <param name="PreviousTokenMax">Largest previous-token score over heads, 0 to 1.</param>
/// <param name="KExcessMax">Largest K-composition excess over pairs of heads.</param>
public sealed record RunCurvePoint(int Step, double? Loss, double? IclScore, double? PrefixMatchingMax, double? PreviousTokenMax, double? KExcessMax);
