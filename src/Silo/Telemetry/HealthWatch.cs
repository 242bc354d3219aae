using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Pools;
using Orchestrator.Storage;

namespace Orchestrator.Silo.Telemetry;

/// <summary>
/// Looks at the database and the pools every ten seconds and tells what it saw as metrics: <c>orchestrator.database.up</c>, and
/// <c>orchestrator.slots</c> and <c>orchestrator.slots.busy</c> by device class. Slots are the cluster's: every silo tells the same.
/// </summary>
internal sealed partial class HealthWatch : BackgroundService
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orchestrator.Silo";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly IDatabaseHealth _database;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger<HealthWatch> _log;
    private readonly Meter _meter = new(Name);
    private readonly HashSet<string> _failing = [];
    private IReadOnlyList<(string Device, int Slots, int Busy)> _pools = [];
    private int _databaseUp;

    public HealthWatch(IDatabaseHealth database, IGrainFactory grains, TimeProvider time, ILogger<HealthWatch> log)
    {
        (_database, _grains, _time, _log) = (database, grains, time, log);
        _meter.CreateObservableGauge("orchestrator.database.up", () => _databaseUp, null, "1 while the database stores what this silo writes");
        _meter.CreateObservableGauge("orchestrator.slots", () => Measure(p => p.Slots), "{slot}", "Slots of the workers that are there");
        _meter.CreateObservableGauge("orchestrator.slots.busy", () => Measure(p => p.Busy), "{slot}", "Slots with a pack in them");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(Period, _time);
        do
        {
            _databaseUp = await Try("the database", _database.Check, stoppingToken) ? 1 : 0;
            _pools = await Try("the pools", async _ => _pools = await Pools(), stoppingToken) ? _pools : [];
        }
        while (await pace.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<(string Device, int Slots, int Busy)>> Pools() => await Task.WhenAll(DeviceClass.All.Select(async device =>
    {
        var workers = await _grains.GetGrain<IPoolGrain>(device).Workers();
        return (device, workers.Sum(w => w.Slots), workers.Sum(w => w.Busy));
    }));

    /// <summary>Whether it answered. The first of failures in a row is logged.</summary>
    private async Task<bool> Try(string what, Func<CancellationToken, Task> look, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        try
        {
            await look(limit.Token);
            _failing.Remove(what);
            return true;
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            if (_failing.Add(what))
            {
                NoAnswer(_log, what, error.Message);
            }
            return false;
        }
    }

    private IEnumerable<Measurement<int>> Measure(Func<(string Device, int Slots, int Busy), int> value) =>
        _pools.Select(p => new Measurement<int>(value(p), new KeyValuePair<string, object?>("device", p.Device)));

    [LoggerMessage(1, LogLevel.Warning, "{What}: no answer; the metrics say so until there is one: {Reason}")]
    private static partial void NoAnswer(ILogger log, string what, string reason);
}
