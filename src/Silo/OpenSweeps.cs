using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Api;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Storage;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo;

/// <summary>At start, wakes every sweep that was running: its supervisor takes up what the last process left.</summary>
internal sealed partial class OpenSweeps(ICatalogue catalogue, IGrainFactory grains, ILogger<OpenSweeps> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IReadOnlyList<SweepRow> sweeps;
        try
        {
            sweeps = await catalogue.Sweeps(stoppingToken);
        }
        catch (StorageException damaged)
        {
            NoSweeps(log, damaged.Message); // whoever asks for them hears the same
            return;
        }
        foreach (var sweep in sweeps)
        {
            if (sweep.State == SweepState.Running)
            {
                try
                {
                    await grains.GetGrain<ISweepGrain>(sweep.Id).Wake();
                }
                catch (Exception error) when (!stoppingToken.IsCancellationRequested)
                {
                    NotWoken(log, sweep.Id, sweep.Name, error); // one sweep that cannot be read must not keep the others from starting
                }
            }
        }
    }

    [LoggerMessage(2, LogLevel.Error, "the sweeps cannot be taken up again: {Reason}")]
    private static partial void NoSweeps(ILogger log, string reason);

    [LoggerMessage(1, LogLevel.Error, "sweep {Sweep} ({Name}) could not be taken up again; its reminder will try once more")]
    private static partial void NotWoken(ILogger log, string sweep, string name, Exception error);
}
