using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Grains.Models;
using Orchestrator.Grains.Results;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Heads;

/// <inheritdoc cref="IHeadGrain"/>
internal sealed class HeadGrain(IFactStore facts) : Grain, IHeadGrain
{
    public async Task<HeadView?> View(double threshold)
    {
        var key = this.GetPrimaryKeyString().Split('/', '.');
        var (runId, layer, head) = (key[0], int.Parse(key[1], CultureInfo.InvariantCulture), int.Parse(key[2], CultureInfo.InvariantCulture));
        if (await GrainFactory.GetGrain<IModelGrain>(runId).Detail(null) is not { } run || head >= run.Config.Model.HeadsPerLayer || layer * run.Config.Model.HeadsPerLayer >= run.Config.Model.HeadCount)
        {
            return null;
        }
        var vectors = Vectors.BySteps(run.Config, await facts.Run(runId));
        var row = layer * run.Config.Model.HeadsPerLayer + head;
        var last = vectors.GetValueOrDefault(run.Config.Train.Steps);
        return new HeadView(
            runId, layer, head,
            last?.InductionHeads(threshold) is null ? null : last.IsInductionHead(row, threshold),
            [.. vectors.Select(v => new HeadPoint(v.Key, v.Value.Layout.Find("heads")!.Columns.ToDictionary(c => c, c => v.Value.Get("heads", row, c))))],
            last is null ? [] : Partners(last, row, run.Config.Model.HeadsPerLayer));
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
