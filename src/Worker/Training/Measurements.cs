using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Training;
using Orchestrator.Worker.Packs;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>Measures snapshots of a pack's runs, all on the same evaluation set, whether they come from training or from the store.</summary>
internal sealed class Measurements(RunConfiguration shape, ITextContents texts, TimeProvider time) : IDisposable
{
    private readonly ModelKind _kind = ModelKind.Of(shape);
    private readonly Dictionary<string, ISnapshotMeasurement> _known = [];

    /// <summary>What text files hold.</summary>
    public ITextContents Texts => texts;

    /// <summary>Takes all measures of the member's plan.</summary>
    /// <param name="member">Whose weights they are.</param>
    /// <param name="step">At which step.</param>
    /// <param name="trace">W3C trace context of the work.</param>
    /// <param name="weights">Gives the weights as a pack of one; its tensors live in a dispose scope around the call.</param>
    public MetricVector Take(PackMember member, int step, string? trace, Func<IReadOnlyDictionary<string, torch.Tensor>> weights)
    {
        using var activity = WorkerTelemetry.InRun("snapshot.measure", trace);
        activity?.SetTag("step", step);
        var started = time.GetTimestamp();
        MetricVector vector;
        using (torch.NewDisposeScope())
        using (torch.no_grad())
        {
            vector = TensorMemoryException.Guard("measuring a snapshot", () => For(member.Assignment.Plan.Measures).Measure(weights())[0]);
        }
        WorkerTelemetry.MeasureSeconds.Record(time.GetElapsedTime(started).TotalSeconds);
        return vector;
    }

    public void Dispose()
    {
        foreach (var measurement in _known.Values)
        {
            measurement.Dispose();
        }
    }

    private ISnapshotMeasurement For(IReadOnlyList<Measure> measures)
    {
        var key = string.Join(',', measures);
        return _known.TryGetValue(key, out var known) ? known : _known[key] = _kind.Measurement(shape.Data, measures, texts);
    }
}
