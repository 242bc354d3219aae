using System.Text.Json;

namespace Orchestrator.Contracts.Api;

/// <summary>Who composes with whom in one run at one snapshot.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The snapshot.</param>
/// <param name="Heads">Every head, layer by layer.</param>
/// <param name="Pairs">Pairs of an earlier and a later head that are among the strongest of a kind of composition, in the order of their heads; empty if composition was not measured.</param>
public sealed record RunComposition(string Run, int Step, IReadOnlyList<ComposingHead> Heads, IReadOnlyList<HeadPair> Pairs)
{
    /// <summary>Strongest pairs of each kind that an answer has if nothing is said.</summary>
    public const int UsualPairs = 50;
    /// <summary>Strongest pairs of each kind that an answer can have.</summary>
    public const int MostPairs = 500;
}

/// <summary>One head of a <see cref="RunComposition"/>.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head in its layer, from 0.</param>
/// <param name="Role">What it does (math.md 8.5); null if heads were not measured.</param>
/// <param name="PrefixMatching">Prefix-matching score.</param>
/// <param name="PreviousToken">Previous-token score.</param>
public sealed record ComposingHead(int Layer, int Head, string? Role, double? PrefixMatching, double? PreviousToken);

/// <summary>Composition of an earlier head with a later one (math.md 4.1): through the later head's queries, keys and values.</summary>
public sealed record HeadPair(int FromLayer, int FromHead, int ToLayer, int ToHead, PairScore Q, PairScore K, PairScore V);

/// <summary>A composition score above that of random weights.</summary>
/// <param name="Excess">The score minus 1/sqrt(d_model).</param>
/// <param name="Z">In standard deviations of random weights.</param>
public sealed record PairScore(double? Excess, double? Z);

/// <summary>Who composes with whom over the runs of a group at their last snapshots: by role within a layer, because heads are exchangeable between seeds.</summary>
/// <param name="Runs">Runs whose composition was measured.</param>
/// <param name="Roles">Roles that occur, layer by layer, in the order in which roles are tried.</param>
/// <param name="Pairs">An earlier role and a later one, in the order of the roles.</param>
public sealed record RoleComposition(int Runs, IReadOnlyList<ComposingRole> Roles, IReadOnlyList<RolePair> Pairs)
{
    /// <summary>Standard deviations of random weights from which on two roles are said to compose.</summary>
    public const double LeastZ = 2;
}

/// <summary>Who composes with whom over the seeds of every group at one of the snapshots.</summary>
/// <param name="Step">The snapshot.</param>
/// <param name="Groups">The points of the grid, in their order.</param>
public sealed record SweepComposition(int Step, IReadOnlyList<GroupComposition> Groups);

/// <summary>One group of a <see cref="SweepComposition"/>.</summary>
/// <param name="By">Swept values that its runs share.</param>
/// <param name="Composition">Over its runs; null if it was measured of none.</param>
public sealed record GroupComposition(IReadOnlyDictionary<string, JsonElement> By, RoleComposition? Composition);

/// <summary>The heads of one role in one layer.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Role">What they do (math.md 8.5).</param>
/// <param name="Runs">Runs that have such a head.</param>
/// <param name="Heads">How many each of these runs has.</param>
public sealed record ComposingRole(int Layer, string Role, int Runs, MeanEstimate Heads);

/// <summary>Composition of an earlier role with a later one, over the runs that have both.</summary>
public sealed record RolePair(int FromLayer, string FromRole, int ToLayer, string ToRole, int Runs, RoleScore Q, RoleScore K, RoleScore V);

/// <summary>A composition score of two roles: of each run the mean over its pairs of heads, then over runs.</summary>
/// <param name="Excess">The score above that of random weights.</param>
/// <param name="Z">The same in standard deviations of random weights.</param>
/// <param name="Above">Share of runs in which that is at least <see cref="RoleComposition.LeastZ"/>.</param>
public sealed record RoleScore(MeanEstimate Excess, MeanEstimate Z, ShareEstimate Above);
