using System.Globalization;
using Orchestrator.Contracts.Api;
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
        return await GrainFactory.GetGrain<IModelGrain>(runId).Configuration() is { } run ? HeadLife.Of(runId, run, await facts.Run(runId), layer, head, threshold) : null;
    }
}
