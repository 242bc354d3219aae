using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Measures snapshots of models of one kind and shape on one evaluation set, a pack at a time, on the device where it was made for. For one thread at a time.</summary>
public interface ISnapshotMeasurement : IDisposable
{
    /// <summary>The layout of the vectors that <see cref="Measure"/> makes.</summary>
    MetricLayout Layout { get; }

    /// <summary>All metrics of each model of a pack. Gradients are not needed and not recorded.</summary>
    /// <param name="pack">Its parameters by name, [S, ...] each.</param>
    /// <param name="final">Whether these are runs' last snapshots, which are measured on all held-out samples; others on the first of them.</param>
    /// <returns>One vector for each member.</returns>
    /// <exception cref="TensorMemoryException">Memory ran out, and smaller parts would not help.</exception>
    IReadOnlyList<MetricVector> Measure(IReadOnlyDictionary<string, Tensor> pack, bool final = true);
}
