using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Projection;

/// <summary>Keeps the projections of the sweeps that this process writes to, beside its work; a sweep that fails is set aside for a while.</summary>
internal sealed partial class ProjectionService(Projector projector, ICatalogue catalogue, CatalogueChanges changes, DamagedProjections damaged, TimeProvider time, ILogger<ProjectionService> log)
    : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, DateTimeOffset> _due = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = changes.Last;
        await Begin(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var upto = changes.Last;
            foreach (var sweep in changes.Since(seen))
            {
                _due[sweep] = time.GetUtcNow();
            }
            seen = upto;
            foreach (var sweep in damaged.Take())
            {
                await Try(sweep, async () => await Rebuild(sweep, stoppingToken), stoppingToken);
            }
            foreach (var sweep in _due.Where(sweep => sweep.Value <= time.GetUtcNow()).Select(sweep => sweep.Key).ToArray())
            {
                _due.Remove(sweep);
                await Try(sweep, () => projector.BringUp(sweep, stoppingToken), stoppingToken);
            }
            await Task.Delay(Pace, time, stoppingToken);
            await Something(seen, stoppingToken);
        }
    }

    /// <summary>What was left undone when the last process ended.</summary>
    private async Task Begin(CancellationToken cancellation)
    {
        try
        {
            foreach (var sweep in await catalogue.Sweeps(cancellation))
            {
                _due[sweep.Id] = time.GetUtcNow();
            }
        }
        catch (StorageException unreadable)
        {
            Failed(log, "all sweeps", unreadable.Message); // whoever asks for them hears the same
        }
    }

    private async Task<TimeSpan?> Rebuild(string sweepId, CancellationToken cancellation)
    {
        if (await catalogue.Sweep(sweepId, cancellation) is { } sweep)
        {
            await projector.Rebuild(sweep, cancellation);
        }
        return null;
    }

    private async Task Try(string sweep, Func<Task<TimeSpan?>> work, CancellationToken cancellation)
    {
        try
        {
            if (await work() is { } again)
            {
                _due[sweep] = time.GetUtcNow() + again;
            }
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            Failed(log, sweep, failure is StorageException or ArtifactException ? failure.Message : failure.ToString());
            _due[sweep] = time.GetUtcNow() + AfterFailure;
            if (failure is ArtifactException { MayPass: false })
            {
                damaged.Report(sweep, failure.Message); // a segment that was to be merged is gone
            }
        }
    }

    private async Task Something(long seen, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await Task.WhenAny(
                changes.After(seen, waiting.Token), damaged.Reported(waiting.Token),
                Task.Delay(_due.Count == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, (_due.Values.Min() - time.GetUtcNow()).Ticks)), time, waiting.Token));
        }
        finally
        {
            await waiting.CancelAsync();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the Parquet projection of {Sweep} was not written, so that queries read its facts: {Reason}")]
    private static partial void Failed(ILogger log, string sweep, string reason);
}
