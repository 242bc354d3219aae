using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Messaging;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Silo.Http;

/// <summary>Nobody is in control: this process reads what another one has left, and starts no grain for it.</summary>
internal sealed class NoControl(SweepResults results, IFactStore facts, ControlPlanePlace place) : ISweepControl, IBusHealth, IQueueDepths
{
    /// <summary>There is no bus to be away.</summary>
    public bool Up => true;

    /// <summary>There is no queue either.</summary>
    public IReadOnlyList<QueueStatus> Queues => [];

    public Task<SubmitResult> Submit(Sweep sweep) => throw Refused();

    public Task<SweepSummary?> Cancel(string sweepId) => throw Refused();

    public Task CancelRun(string sweepId, int index) => throw Refused();

    public Task<MeasureResult?> Measure(string sweepId, IReadOnlyList<Measure> measures) => throw Refused();

    public Task<RebuildResult> Rebuild(SweepRow sweep, CancellationToken cancellation) => throw Refused();

    public async Task<SweepProgress?> Progress(SweepRow sweep, CancellationToken cancellation) => await results.Progress(sweep, cancellation);

    public Task<string?> Waiting(SweepRow sweep) => Task.FromResult<string?>(null);

    public async Task<HeadView?> Head(RunDetail run, int layer, int head, double threshold, CancellationToken cancellation) =>
        HeadLife.Of(run.Id, run.Config, await facts.Run(run.Id, cancellation), layer, head, threshold);

    public Task<IReadOnlyList<WorkerSummary>> Workers() => Task.FromResult<IReadOnlyList<WorkerSummary>>([]);

    private StorageException Refused() => new($"{place.Name} was opened for reading only, and something was to be written");
}
