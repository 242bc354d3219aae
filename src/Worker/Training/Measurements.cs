using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Native;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>
/// Measures snapshots of a pack's runs where the pack lies, whether they come from training or from the store. Runs of the same data are
/// measured on the same evaluation set, together.
/// </summary>
internal sealed class Measurements(ITextContents texts, torch.Device device, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, ISnapshotMeasurement> _known = [];

    /// <summary>What text files hold.</summary>
    public ITextContents Texts => texts;

    /// <summary>What is the same for snapshots that can be measured together.</summary>
    public static string Kind(RunAssignment run) => $"{JsonSerializer.Serialize(run.Configuration.Data, Json.Options)} {string.Join(',', run.Plan.Measures)}";

    /// <summary>Whether a run ends with this step: its last snapshot is measured on more.</summary>
    public static bool IsFinal(RunAssignment run, int step) => step >= run.Configuration.Train.Steps;

    /// <summary>Takes all measures of a run's plan for each model of a pack.</summary>
    /// <param name="run">One of the runs: <see cref="Kind"/> is that of all.</param>
    /// <param name="step">At which step; for all either the last one or not.</param>
    /// <param name="trace">W3C trace context of the work.</param>
    /// <param name="pack">Gives the weights by name, on the device or on the host; its tensors live in a dispose scope around the call.</param>
    public IReadOnlyList<MetricVector> Take(RunAssignment run, int step, string? trace, Func<IReadOnlyDictionary<string, torch.Tensor>> pack)
    {
        using var activity = WorkerTelemetry.InRun("snapshot.measure", trace);
        activity?.SetTag("step", step);
        var started = time.GetTimestamp();
        IReadOnlyList<MetricVector> vectors;
        using (torch.NewDisposeScope())
        using (torch.no_grad())
        {
            vectors = TensorMemoryException.Guard("measuring a snapshot", () =>
                For(run).Measure(pack().ToDictionary(tensor => tensor.Key, tensor => tensor.Value.to(device)), IsFinal(run, step)));
        }
        activity?.SetTag("models", vectors.Count);
        foreach (var _ in vectors)
        {
            WorkerTelemetry.MeasureSeconds.Record(time.GetElapsedTime(started).TotalSeconds / vectors.Count);
        }
        return vectors;
    }

    public void Dispose()
    {
        foreach (var measurement in _known.Values)
        {
            measurement.Dispose();
        }
    }

    private ISnapshotMeasurement For(RunAssignment run)
    {
        var kind = Kind(run);
        return _known.TryGetValue(kind, out var known)
            ? known
            : _known[kind] = ModelKind.Of(run.Configuration).Measurement(run.Configuration.Data, run.Plan.Measures, texts, device);
    }
}
