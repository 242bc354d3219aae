using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Facts;

/// <summary>One head over a run's snapshots.</summary>
public static class HeadLife
{
    /// <summary>Its metrics over the snapshots, whether it is an induction head at the last one, and what it composes with; null if the model has no such head.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="run">What is trained.</param>
    /// <param name="facts">What was measured of it.</param>
    /// <param name="layer">The head's layer.</param>
    /// <param name="head">The head's number there.</param>
    /// <param name="threshold">Prefix-matching score from which on a head is an induction head.</param>
    public static HeadView? Of(string runId, RunConfiguration run, IReadOnlyList<FactRow> facts, int layer, int head, double threshold)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(facts);
        if (head >= run.Model.HeadsPerLayer || layer * run.Model.HeadsPerLayer >= run.Model.HeadCount)
        {
            return null;
        }
        var vectors = Vectors.BySteps(run, facts);
        var row = layer * run.Model.HeadsPerLayer + head;
        var last = vectors.GetValueOrDefault(run.Train.Steps);
        HeadPoint[] points =
        [
            .. vectors.Select(v => new HeadPoint(v.Key, v.Value.Layout.Find("heads")!.Columns.ToDictionary(c => c, c => v.Value.Get("heads", row, c)), HeadRoles.Of(v.Value, row, threshold))),
        ];
        var role = points.Length == 0 ? null : points[^1].Role;
        return new HeadView(
            runId, layer, head, last?.InductionHeads(threshold) is null ? null : last.IsInductionHead(row, threshold), points,
            last is null ? [] : Partners(last, row, run.Model.HeadsPerLayer), role,
            role is null ? null : points.Reverse().TakeWhile(point => point.Role == role).Last().Step);
    }

    private static IReadOnlyList<HeadPartner> Partners(MetricVector vector, int to, int heads) =>
    [
        .. MetricLayout.Pairs(vector.Layout.Layers, vector.Layout.Heads)
            .Select((pair, row) => (pair.From, pair.To, Row: row))
            .Where(pair => pair.To == to && vector.Layout.Find("pairs") is not null)
            .Select(pair => new HeadPartner(
                $"{pair.From / heads}.{pair.From % heads}",
                vector.Get("pairs", pair.Row, "q_excess"), vector.Get("pairs", pair.Row, "k_excess"), vector.Get("pairs", pair.Row, "v_excess")))
            .OrderByDescending(p => p.KExcess ?? double.NegativeInfinity),
    ];
}
