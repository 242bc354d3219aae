using Orchestrator.Contracts.Metrics;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Heads;

/// <summary>What a head can be grouped by that depends on the other heads of its snapshot.</summary>
internal sealed class HeadKeys(MetricVector vector, double threshold)
{
    /// <summary>What it does.</summary>
    public string? Role(int head) => HeadRoles.Of(vector, head, threshold);

    /// <summary>Its place by a metric among the heads of the model or of its layer, from 1, the largest first; null if the metric is undefined. Equal values go by number.</summary>
    public int? Rank(int head, string metric, bool inLayer)
    {
        if (vector.Layout.Find("heads")?.Columns.Contains(metric) != true)
        {
            throw new HeadQueryException($"'{metric}' was not measured of these heads: rank by one of {string.Join(", ", vector.Layout.Find("heads")?.Columns ?? [])}.");
        }
        if (MetricTable.Find("heads", metric) is { IsName: true })
        {
            throw new HeadQueryException($"'{metric}' names a head, and names have no order: rank by a metric that is a quantity.");
        }
        var (own, heads) = (vector.Get("heads", head, metric), vector.Layout.Heads);
        var (from, to) = inLayer ? (head / heads * heads, (head / heads + 1) * heads) : (0, vector.Layout.Layers * heads);
        return own is null ? null : 1 + Enumerable.Range(from, to - from).Count(other => vector.Get("heads", other, metric) is { } value && (value > own || value == own && other < head));
    }
}
