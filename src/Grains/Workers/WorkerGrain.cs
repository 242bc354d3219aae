using Microsoft.Extensions.Options;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Pools;

namespace Orchestrator.Grains.Workers;

/// <inheritdoc cref="IWorkerGrain"/>
internal sealed class WorkerGrain(IOptions<ControlPlaneOptions> options) : Grain, IWorkerGrain
{
    private WorkerHello? _hello;

    public async Task<WorkerWelcome> Hello(WorkerHello hello)
    {
        if (Misfit(hello) is { } reason)
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
