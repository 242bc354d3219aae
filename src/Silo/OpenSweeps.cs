using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts.Api;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo;

/// <summary>At start, wakes every sweep that was running: its supervisor takes up what the last process left.</summary>
internal sealed class OpenSweeps(ICatalogue catalogue, IGrainFactory grains) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var sweep in await catalogue.Sweeps(stoppingToken))
        {
            if (sweep.State == SweepState.Running)
            {
                await grains.GetGrain<ISweepGrain>(sweep.Id).Wake();
            }
        }
    }
}
