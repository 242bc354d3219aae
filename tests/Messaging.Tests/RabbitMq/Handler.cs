using System.Collections.Concurrent;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>A worker that notes the packs it gets.</summary>
internal sealed class Handler : IWorkHandler
{
    private readonly BlockingCollection<(string, bool)> _packs = [];

    public Func<TrainPack, bool> Takes { get; init; } = _ => true;

    public Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation)
    {
        _packs.Add((pack.PackId, redelivered), cancellation);
        return Task.FromResult(Takes(pack));
    }

    public void Stop(StopRuns stop)
    {
    }

    public Task<(string, bool)> Next(CancellationToken cancellation) => Task.Run(() => _packs.Take(cancellation), cancellation);
}
