using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Measures snapshots of toy models: <c>loss</c> on held-out samples, and how the columns of W share its dimensions. A feature is
/// represented where its norm is above 1/2.
/// </summary>
public sealed class FeatureMeasurement : ISnapshotMeasurement
{
    private const int MostSamples = 8_192;
    private const int MostValues = 1 << 20;
    private const double LeastNorm = 0.5;

    private readonly Toy _toy;
    private readonly Tensor _heldOut;           // [1, B, n]

    /// <summary>Draws the held-out samples: 8,192, or as many as 2^20 values hold, from the data's seed.</summary>
    public FeatureMeasurement(ReluToy model, SparseFeatures data, IReadOnlyCollection<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(model);
        _toy = new Toy(model);
        Layout = MetricLayout.For(model, measures);
        var samples = Math.Clamp(MostValues / model.Features, 1, MostSamples);
        using var scope = NewDisposeScope();
        _heldOut = tensor(new FeatureSource(data, model.Features).HeldOut(samples), [1, samples, model.Features]).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public MetricLayout Layout { get; }

    /// <inheritdoc/>
    public MetricVector Measure(IReadOnlyDictionary<string, Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (W, b) = (weights["W"].detach().cpu(), weights["b"].detach().cpu());            // [1, m, n], [1, n]
        var vector = MetricVector.Undefined(Layout);
        vector.Set("run", 0, "loss", _toy.SampleLosses(W, b, _heldOut).Exact().mean().Value().Defined());
        if (Layout.Find("features") is not null)
        {
            var geometry = FeatureGeometry.Of(W[0]);
            vector.SetSuperposition(0, W[0], geometry, LeastNorm);
            for (var feature = 0; feature < geometry.Norms.Count; feature++)
            {
                vector.Set("features", feature, "norm", geometry.Norms[feature]);
                vector.Set("features", feature, "dimensionality", geometry.Dimensionality[feature]);
                vector.Set("features", feature, "interference", geometry.Interference[feature].Defined());
            }
        }
        return vector;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toy.Dispose();
        _heldOut.Dispose();
    }
}
