using Microsoft.Extensions.Options;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Pools;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Grains.Workers;

/// <inheritdoc cref="IWorkerGrain"/>
internal sealed class WorkerGrain(IOptions<ControlPlaneOptions> options, IArtifactStore artifacts, TimeProvider time) : Grain, IWorkerGrain
{
    private WorkerHello? _hello;

    public async Task<WorkerWelcome> Hello(WorkerHello hello)
    {
        if ((Misfit(hello) ?? await OtherStore(hello)) is { } reason)
        {
            return new WorkerWelcome(false, reason, options.Value.Lease);
        }
        _hello = hello;
        await GrainFactory.GetGrain<IPoolGrain>(hello.Device).Join(hello, 0, []);
        return new WorkerWelcome(true, null, options.Value.Lease);
    }

    public async Task<IReadOnlyList<string>?> Seen(int busySlots, IReadOnlyList<string> queues) =>
        _hello is null ? null : await GrainFactory.GetGrain<IPoolGrain>(_hello.Device).Join(_hello, busySlots, queues);

    public async Task Bye()
    {
        if (_hello is not null)
        {
            await GrainFactory.GetGrain<IPoolGrain>(_hello.Device).Leave(_hello.WorkerId);
        }
        DeactivateOnIdle();
    }

    private async Task<string?> OtherStore(WorkerHello hello) => (await artifacts.Unseen([hello.Stored], time, CancellationToken.None)).Count == 0
        ? null
        : $"the worker on {hello.Host} has another artifact store than this control plane, which does not see what the worker stored there: give every silo and worker the same --artifacts (ORCHESTRATOR_ARTIFACTS), a folder that all machines share or one s3:// bucket and prefix";

    private static string? Misfit(WorkerHello hello) => hello switch
    {
        { ProtocolVersion: not Versions.Protocol } => $"the worker speaks protocol {hello.ProtocolVersion}, this control plane {Versions.Protocol}: install the same release on both",
        { TrainerVersion: not Versions.Trainer } => $"the worker trains as version {hello.TrainerVersion}, this control plane's run ids mean version {Versions.Trainer}: install the same release on both",
        { MetricVersion: not Versions.Metrics } => $"the worker measures as version {hello.MetricVersion}, this control plane stores version {Versions.Metrics}: install the same release on both",
        _ when hello.Labels.Count > WorkerLabels.Most || !hello.Labels.All(WorkerLabels.IsValid) => $"a worker carries at most {WorkerLabels.Most} labels, each of {WorkerLabels.Rule}",
        { Slots: < 1 } => $"a worker with {hello.Slots} slots cannot take work: give it at least one",
        _ => null,
    };
}
