using System.Collections.Immutable;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Storage.Facts;

/// <summary>What a head does at a snapshot (math.md 8.5).</summary>
public static class HeadRoles
{
    /// <summary>The roles, in the order in which they are tried.</summary>
    public static ImmutableArray<string> All { get; } = ["induction", "previous_token", "duplicate_token", "copying", "none"];

    /// <summary>Score from which on attention to the token before, or to earlier copies, makes a role.</summary>
    public const double LeastScore = 0.4;

    private const double LeastZ = 2;

    /// <summary>The first role that holds; null if heads were not measured.</summary>
    /// <param name="vector">The snapshot.</param>
    /// <param name="head">The head's flat number.</param>
    /// <param name="threshold">Prefix-matching score from which on a head may be an induction head.</param>
    public static string? Of(MetricVector vector, int head, double threshold)
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (vector.Layout.Find("heads")?.Columns.Contains("prefix_matching") != true)
        {
            return null;
        }
        return Value("prefix_matching") >= threshold && Value("ov_copying") > 0 ? "induction"
            : Value("previous_token") >= LeastScore ? "previous_token"
            : Value("duplicate_token") >= LeastScore ? "duplicate_token"
            : Value("ov_copying_z") >= LeastZ ? "copying"
            : "none";

        double? Value(string metric) => vector.Get("heads", head, metric);
    }
}
