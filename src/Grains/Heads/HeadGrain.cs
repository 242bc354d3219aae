using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Grains.Models;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Grains.Heads;

/// <inheritdoc cref="IHeadGrain"/>
internal sealed class HeadGrain(IFactStore facts) : Grain, IHeadGrain
{
    public async Task<HeadView?> View(double threshold)
    {
        var key = this.GetPrimaryKeyString().Split('/', '.');
        var (runId, layer, head) = (key[0], int.Parse(key[1], CultureInfo.InvariantCulture), int.Parse(key[2], CultureInfo.InvariantCulture));
        if (await GrainFactory.GetGrain<IModelGrain>(runId).Configuration() is not { } run || head >= run.Model.HeadsPerLayer || layer * run.Model.HeadsPerLayer >= run.Model.HeadCount)
        {
            return null;
        }
        var vectors = Vectors.BySteps(run, await facts.Run(runId));
        var row = layer * run.Model.HeadsPerLayer + head;
        var last = vectors.GetValueOrDefault(run.Train.Steps);
        return new HeadView(
            runId, layer, head,
            last?.InductionHeads(threshold) is null ? null : last.IsInductionHead(row, threshold),
            [.. vectors.Select(v => new HeadPoint(v.Key, v.Value.Layout.Find("heads")!.Columns.ToDictionary(c => c, c => v.Value.Get("heads", row, c))))],
            last is null ? [] : Partners(last, row, run.Model.HeadsPerLayer));
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
