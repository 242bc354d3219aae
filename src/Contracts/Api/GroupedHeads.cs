using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Api;

/// <summary>Head metrics aggregated over seeds (<c>heads --group-by</c>); the shape of <see cref="SweepResult"/> with open metrics.</summary>
/// <param name="Sweep">Name, state, counts.</param>
/// <param name="Groups">One per combination of the values asked for.</param>
/// <param name="ElapsedSeconds">From submission to the end, or to now.</param>
/// <param name="Report">Always null here; present so that both documents read alike.</param>
/// <param name="Dashboard">Address of the dashboard, or null when nothing stays up.</param>
public sealed record GroupedHeads(SweepHead Sweep, IReadOnlyList<HeadGroup> Groups, double ElapsedSeconds, string? Report, string? Dashboard);

/// <summary>One group of head rows or of runs.</summary>
public sealed record HeadGroup
{
    /// <summary>What the group shares: axis path, <c>layer</c> or <c>head</c> to value.</summary>
    public required IReadOnlyDictionary<string, JsonElement> By { get; init; }
    /// <summary>Runs in the group.</summary>
    public required int Runs { get; init; }
    /// <summary>Of these, completed.</summary>
    public required int Completed { get; init; }
    /// <summary>Of these, failed.</summary>
    public required int Failed { get; init; }
    /// <summary>Completed runs for which at least one of the metrics is undefined.</summary>
    public required int Excluded { get; init; }
    /// <summary>
    /// Metric name to its estimate, in the server's order: a <see cref="MeanEstimate"/> for every head metric where heads are
    /// grouped by layer or head, else the estimates of <see cref="SweepGroup"/>.
    /// </summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> Metrics { get; init; } = new Dictionary<string, JsonElement>();
}
