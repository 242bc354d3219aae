using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
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
    public FeatureMeasurement(ReluToy model, SparseFeatures data, IReadOnlyCollection<Measure> measures, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _toy = new Toy(model, device);
        Layout = MetricLayout.For(model, measures);
        var samples = Math.Clamp(MostValues / model.Features, 1, MostSamples);
        using var scope = NewDisposeScope();
        _heldOut = tensor(new FeatureSource(data, model.Features).HeldOut(samples), [1, samples, model.Features]).to(device ?? CPU).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public MetricLayout Layout { get; }

    /// <inheritdoc/>
    public IReadOnlyList<MetricVector> Measure(IReadOnlyDictionary<string, Tensor> pack, bool final = true)
    {
        ArgumentNullException.ThrowIfNull(pack);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (W, b) = (pack["W"].detach(), pack["b"].detach());                             // [S, m, n], [S, n]
        var columns = new MetricColumns(Layout, (int)W.shape[0], W.device);
        var losses = new DataColumns(columns);
        using (NewDisposeScope())
        {
            var part = new MeasuredPart(columns);
            part.Add("run", "loss", () => new(_toy.SampleLosses(W, b, _heldOut.expand(W.shape[0], -1, -1)).unsqueeze(-1)));       // [S, sample, 1]
            losses.Add(part);
        }
        losses.Finish();
        columns.Set("run", "sequences", full([W.shape[0], 1], ((double)_heldOut.shape[1]).Held(), ScalarType.Float64, W.device));
        if (Layout.Find("features") is not null)
        {
            var geometry = Superposition.Set(columns, [W], LeastNorm)[0];
            columns.Set("features", "norm", geometry.Norms);
            columns.Set("features", "dimensionality", geometry.Dimensionality);
            columns.Set("features", "interference", geometry.Interference);
        }
        return columns.Vectors();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toy.Dispose();
        _heldOut.Dispose();
    }
}
