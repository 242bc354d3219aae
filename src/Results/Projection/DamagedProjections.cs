using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Results.Projection;

/// <summary>Sweeps whose segments a reader found missing or damaged: told once, read from the facts meanwhile, and made again by whoever writes: this process, if it has a projector.</summary>
internal sealed partial class DamagedProjections(ILogger<DamagedProjections> log, IServiceProviderIsService services) : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _sweeps = new();
    private readonly SemaphoreSlim _reported = new(0);

    public void Report(string sweep, string reason)
    {
        if (_sweeps.TryAdd(sweep, reason))
        {
            Damaged(log, sweep, services.IsService(typeof(Projector)) ? "it is made again" : $"a running dev makes it again, or 'results rebuild {sweep}'", reason);
            ResultsTelemetry.ProjectionsDamaged.Add(1);
            _reported.Release();
        }
    }

    /// <summary>Waits until something is reported.</summary>
    public Task Reported(CancellationToken cancellation) => _reported.WaitAsync(cancellation);

    /// <summary>What was reported; it is reported again if it is found again.</summary>
    public IReadOnlyList<string> Take() => [.. _sweeps.Keys.Where(sweep => _sweeps.TryRemove(sweep, out _))];

    public void Dispose() => _reported.Dispose();

    [LoggerMessage(1, LogLevel.Warning, "a Parquet segment of sweep {Sweep} cannot be read; its facts are read instead, and {Remedy}: {Reason}")]
    private static partial void Damaged(ILogger log, string sweep, string remedy, string reason);
}
