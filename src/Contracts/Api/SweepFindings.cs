using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Api;

/// <summary>What a sweep shows: its groups, every run, circuits, comparisons, and the sentences that they support. What a report and a dashboard are made of.</summary>
/// <param name="Result">The group table.</param>
/// <param name="Sentences">What can be said, most important first.</param>
/// <param name="Groups">One per group of the result, in its order.</param>
/// <param name="Comparisons">Groups that differ in one axis, against each other.</param>
/// <param name="Conditions">Under which conditions all of it was found.</param>
public sealed record SweepFindings(
    SweepResult Result, IReadOnlyList<Finding> Sentences, IReadOnlyList<GroupFindings> Groups, IReadOnlyList<GroupComparison> Comparisons, SweepConditions Conditions);

/// <summary>A sentence with its numbers, and the query that gives them.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Query">SQL over the result tables.</param>
public sealed record Finding(string Text, string Query);

/// <summary>The runs that share a point of the grid.</summary>
/// <param name="By">Axis path to value.</param>
/// <param name="Runs">Completed runs in the order of their index; at most <see cref="MostRuns"/> over all groups.</param>
/// <param name="Thresholds">Share of runs with an induction head, and their number, at each threshold; empty if heads were not measured.</param>
/// <param name="Circuits">What the circuits of the runs have in common; null if there is none.</param>
public sealed record GroupFindings(
    IReadOnlyDictionary<string, JsonElement> By, IReadOnlyList<RunFindings> Runs, IReadOnlyList<ThresholdPoint> Thresholds, CircuitFindings? Circuits)
{
    /// <summary>Single runs that are listed over all groups: beyond that a picture shows no single one. Estimates are over all of them.</summary>
    public const int MostRuns = 2_000;

    /// <summary>Who composes with whom, by role; null if that was not measured.</summary>
    public RoleComposition? Composition { get; init; }
}

/// <summary>One completed run at its last snapshot.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Metrics">Results of the metric table by name; what is undefined is not there.</param>
/// <param name="TransitionStep">Step of the phase change, between two snapshots; null if it never came.</param>
/// <param name="Heads">Its heads; empty if they were not measured.</param>
/// <param name="Circuit">Its circuit; null if there is none.</param>
public sealed record RunFindings(
    string Run, ulong Seed, IReadOnlyDictionary<string, double> Metrics, double? TransitionStep, IReadOnlyList<HeadMark> Heads, RunCircuit? Circuit);

/// <summary>One head at a run's last snapshot.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head in its layer, from 0; it means nothing between seeds.</param>
/// <param name="Rank">Its place by prefix matching within the layer, from 1.</param>
/// <param name="Role">What it does (math.md 8.5).</param>
/// <param name="PrefixMatching">Prefix-matching score.</param>
/// <param name="PreviousToken">Previous-token score.</param>
/// <param name="OvCopying">Eigen-score of its OV circuit.</param>
/// <param name="QkEigenPrevious">Eigen-score of its QK circuit through the best previous-token head; null in the first layer.</param>
public sealed record HeadMark(int Layer, int Head, int? Rank, string? Role, double? PrefixMatching, double? PreviousToken, double? OvCopying, double? QkEigenPrevious);

/// <summary>The circuit of a run at one snapshot (math.md 8.5): its strongest induction head, and the earlier head that attends most to the token before.</summary>
public sealed record RunCircuit
{
    /// <summary>Layer of the head with the largest prefix matching.</summary>
    public required int InductionLayer { get; init; }
    /// <summary>Its number there.</summary>
    public required int InductionHead { get; init; }
    /// <summary>Its prefix-matching score.</summary>
    public double? PrefixMatching { get; init; }
    /// <summary>Eigen-score of its OV circuit.</summary>
    public double? OvCopying { get; init; }
    /// <summary>Whether its role is induction.</summary>
    public required bool IsInduction { get; init; }
    /// <summary>Layer of the earlier head with the largest previous-token score; null if there is no earlier layer.</summary>
    public int? PreviousLayer { get; init; }
    /// <summary>Its number there.</summary>
    public int? PreviousHead { get; init; }
    /// <summary>Its previous-token score.</summary>
    public double? PreviousToken { get; init; }
    /// <summary>K-composition of the two.</summary>
    public double? K { get; init; }
    /// <summary>The same above random weights.</summary>
    public double? KExcess { get; init; }
    /// <summary>The same in standard deviations of random weights.</summary>
    [JsonPropertyName("k_z")] public double? KZ { get; init; }
    /// <summary>Whether no other head K-composes more with the induction head.</summary>
    public bool? PreviousIsStrongestK { get; init; }
    /// <summary>Eigen-score of the QK circuit of the two.</summary>
    public double? QkEigenScore { get; init; }
    /// <summary>The last snapshot before the induction head passes its threshold; null if the first has it.</summary>
    public int? InductionAfter { get; init; }
    /// <summary>The first snapshot at which it has; null if it never does.</summary>
    public int? InductionBy { get; init; }
    /// <summary>The same of the previous-token head.</summary>
    public int? PreviousAfter { get; init; }
    /// <summary>The same of the previous-token head.</summary>
    public int? PreviousBy { get; init; }
    /// <summary><c>previous_token</c>, <c>induction</c>, or <c>together</c> (between the same two snapshots); null if neither formed.</summary>
    public string? FormedFirst { get; init; }
}

/// <summary>How many runs have an induction head if the score must be this large.</summary>
/// <param name="Threshold">Prefix-matching score from which on a head that raises the correct token counts.</param>
/// <param name="Share">Share of runs with at least one.</param>
/// <param name="Heads">Mean number of such heads.</param>
public sealed record ThresholdPoint(double Threshold, ShareEstimate Share, MeanEstimate Heads);

/// <summary>Circuits of the runs that have an induction head and an earlier layer.</summary>
/// <param name="Runs">How many these are.</param>
/// <param name="PreviousIsStrongestK">Share of them in which the strongest previous-token head is the induction head's strongest K-composition writer.</param>
/// <param name="KZ">K-composition of the pair in standard deviations of random weights; 0 ± 1.96 is what chance gives.</param>
/// <param name="KExcess">The same above random weights.</param>
/// <param name="QkEigenScore">Eigen-score of the pair's QK circuit.</param>
/// <param name="OvCopying">Eigen-score of the induction head's OV circuit.</param>
/// <param name="PreviousFirst">Runs in which the previous-token head formed first.</param>
/// <param name="Together">Runs in which both formed between the same two snapshots.</param>
/// <param name="InductionFirst">Runs in which the induction head formed first.</param>
/// <param name="Lead">Steps by which the previous-token head leads, between midpoints of snapshots, over runs in which both formed.</param>
/// <param name="RankCorrelation">Mean over runs of the rank correlation (Spearman) between the best K-composition excess and the prefix matching of the heads of later layers.</param>
public sealed record CircuitFindings(
    int Runs, ShareEstimate PreviousIsStrongestK, [property: JsonPropertyName("k_z")] MeanEstimate KZ, MeanEstimate KExcess, MeanEstimate QkEigenScore, MeanEstimate OvCopying,
    int PreviousFirst, int Together, int InductionFirst, MeanEstimate Lead, MeanEstimate RankCorrelation);

/// <summary>A metric of two groups.</summary>
/// <param name="First">Number of the first group.</param>
/// <param name="Second">Number of the second.</param>
/// <param name="Axis">The axis in which they differ, or the axes between commas.</param>
/// <param name="Metric">Name of a result.</param>
/// <param name="Difference">Second minus first, of runs of the same seed, with its paired t interval, which the errors from held-out sequences of both join; null for the transition, of which only the times are compared.</param>
/// <param name="P">Two-sided: paired t, or log-rank for the transition; null if it cannot be tested, or with fewer than 3 pairs (of the transition: runs in either group).</param>
/// <param name="AdjustedP">The same after Benjamini and Hochberg over all comparisons of the sweep, or over those of the two groups where they were asked for.</param>
public sealed record GroupComparison(int First, int Second, string Axis, string Metric, MeanEstimate? Difference, double? P, double? AdjustedP)
{
    /// <summary>Fewer pairs than these support no claim: the spread of two differences is itself a matter of luck.</summary>
    public const int FewestPairs = 3;

    /// <summary>
    /// Of the transition: how often a run of the second group crosses before one of the first (P(X &lt; Y), Newcombe 95%; a run that never does comes after all that do, and ties count
    /// one half). Null for other metrics.
    /// </summary>
    public ShareEstimate? SecondEarlier { get; init; }
}

/// <summary>Under which conditions a sweep was trained and measured.</summary>
/// <param name="Product">Version of the program that answers.</param>
/// <param name="Trainer">Version of the trainer.</param>
/// <param name="Metrics">Version of the metrics' definitions.</param>
/// <param name="Created">When it was submitted.</param>
/// <param name="Ended">When it ended, or null.</param>
/// <param name="DeviceSeconds">Device time over all attempts.</param>
/// <param name="Seeds">Its seeds, as a sweep file has them.</param>
/// <param name="Threshold">Prefix-matching score from which on a head can be an induction head.</param>
/// <param name="SnapshotSteps">Steps that were measured, of the first group; a transition is only known to lie between two of them.</param>
/// <param name="Measures">What was measured.</param>
/// <param name="Workers">Workers that held its runs last.</param>
/// <param name="CpuKernels">CPU kernels of their newest attempts.</param>
/// <param name="Document">The resolved specification.</param>
public sealed record SweepConditions(
    string Product, int Trainer, int Metrics, DateTimeOffset Created, DateTimeOffset? Ended, double DeviceSeconds, string Seeds, double Threshold, IReadOnlyList<int> SnapshotSteps,
    IReadOnlyList<string> Measures, IReadOnlyList<string> Workers, IReadOnlyList<string> CpuKernels, JsonElement Document)
{
    /// <summary>From how many runs, from the first on, curves, circuits, roles and comparisons are made: all, or as many seeds of each group as make 50,000. The groups' table has all.</summary>
    public int RunsRead { get; init; }
}
