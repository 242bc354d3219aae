using Orchestrator.Contracts.Metrics;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Measures snapshots of models of one kind and shape on one evaluation set. For one thread at a time.</summary>
public interface ISnapshotMeasurement : IDisposable
{
    /// <summary>The layout of the vectors that <see cref="Measure"/> makes.</summary>
    MetricLayout Layout { get; }

    /// <summary>All metrics of one model. Gradients are not needed and not recorded.</summary>
    /// <param name="weights">Its parameters by name as a pack of one.</param>
    MetricVector Measure(IReadOnlyDictionary<string, Tensor> weights);
}
