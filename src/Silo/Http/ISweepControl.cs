using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>What is done to sweeps, and what is known of them at this moment and stands in no table.</summary>
internal interface ISweepControl
{
    Task<SubmitResult> Submit(Sweep sweep);

    Task<SweepSummary?> Cancel(string sweepId);

    Task CancelRun(string sweepId, int index);

    Task<MeasureResult?> Measure(string sweepId, IReadOnlyList<Measure> measures);

    Task<RebuildResult> Rebuild(SweepRow sweep, CancellationToken cancellation);

    Task<SweepProgress?> Progress(SweepRow sweep, CancellationToken cancellation);

    Task<string?> Waiting(SweepRow sweep);

    Task<HeadView?> Head(RunDetail run, int layer, int head, double threshold, CancellationToken cancellation);

    Task<IReadOnlyList<WorkerSummary>> Workers();
}
