using System.Diagnostics;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Heads;
using Orchestrator.Grains.Pools;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Results.Projection;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>Asks the grains, and who writes.</summary>
internal sealed class GrainControl(IGrainFactory grains, Projector projector) : ISweepControl
{
    public Task<SubmitResult> Submit(Sweep sweep) => Sweep(sweep.Id).Submit(sweep.Document.ToJsonString(Json.Options), Activity.Current?.Id);

    public Task<SweepSummary?> Cancel(string sweepId) => Sweep(sweepId).Cancel("cancelled on request");

    public Task CancelRun(string sweepId, int index) => Sweep(sweepId).CancelRun(index, "cancelled on request");

    public Task<MeasureResult?> Measure(string sweepId, IReadOnlyList<Measure> measures) => Sweep(sweepId).Measure(measures);

    public Task<RebuildResult> Rebuild(SweepRow sweep, CancellationToken cancellation) => projector.Rebuild(sweep, cancellation);

    public Task<SweepProgress?> Progress(SweepRow sweep, CancellationToken cancellation) => Sweep(sweep.Id).Progress();

    public Task<string?> Waiting(SweepRow sweep) => Sweep(sweep.Id).Waiting();

    public Task<HeadView?> Head(RunDetail run, int layer, int head, double threshold, CancellationToken cancellation) =>
        grains.GetGrain<IHeadGrain>($"{run.Id}/{layer}.{head}").View(threshold);

    public async Task<IReadOnlyList<WorkerSummary>> Workers()
    {
        var pools = await Task.WhenAll(DeviceClass.All.Select(device => grains.GetGrain<IPoolGrain>(device).Workers()));
        return [.. pools.SelectMany(workers => workers)];
    }

    private ISweepGrain Sweep(string id) => grains.GetGrain<ISweepGrain>(id);
}
