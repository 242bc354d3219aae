namespace Orchestrator.Contracts.Api;

/// <summary>One head of one run, over all of its snapshots.</summary>
/// <param name="Run">The run.</param>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head in its layer, from 0.</param>
/// <param name="Induction">Whether it is an induction head at the newest snapshot (math.md 5.9), at the threshold of the sweep that asked for the run; null if heads were not measured.</param>
/// <param name="Points">One per snapshot, by step.</param>
/// <param name="Partners">Earlier heads that this head composes with at the newest snapshot, strongest K-composition first.</param>
/// <param name="Role">What it does at the newest snapshot (math.md 8.5): induction, previous_token, duplicate_token, copying or none; null if heads were not measured.</param>
/// <param name="RoleSince">The first snapshot from which on it has had that role without a break.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.head-view")]
public sealed record HeadView(
    string Run, int Layer, int Head, bool? Induction, IReadOnlyList<HeadPoint> Points, IReadOnlyList<HeadPartner> Partners, string? Role = null, int? RoleSince = null);

/// <summary>A head's metrics at one step, by column name; undefined ones are null.</summary>
/// <param name="Step">The snapshot's step.</param>
/// <param name="Metrics">The columns of the section heads.</param>
/// <param name="Role">What it does there; null if heads were not measured.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.head-point")]
public sealed record HeadPoint(int Step, IReadOnlyDictionary<string, double?> Metrics, string? Role = null);

/// <summary>Excess of the composition scores over chance with one earlier head.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.head-partner")]
public sealed record HeadPartner(string From, double? QExcess, double? KExcess, double? VExcess);
