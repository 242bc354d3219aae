using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Kinds;

/// <summary>ReLU toy models (math.md section 7) on sparse feature vectors.</summary>
internal sealed class ReluToyKind(ReluToy model, int batch) : ModelKind
{
    // Above this a step of one member no longer fits into the caches beside those of the others.
    private const int MostFeaturesOnHost = 1 << 16;

    public override ISnapshotMeasurement Measurement(TrainingData data, IReadOnlyCollection<Measure> measures, ITextContents? texts = null, Device? device = null) =>
        new FeatureMeasurement(model, (SparseFeatures)data, measures, device);

    public override IReadOnlyDictionary<string, Tensor> Read(SafetensorsReader file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new Dictionary<string, Tensor>
        {
            ["W"] = file.Read("W", model.Hidden, model.Features).unsqueeze(0),
            ["b"] = file.Read("b", model.Features).unsqueeze(0),
        };
    }

    public override ParameterLayout Layout(Initialization init) => ParameterLayout.Of(
        [("W", [model.Hidden, model.Features], 0, init.Scale / Math.Sqrt(model.Features))], [("b", [model.Features], 0, 0)]);

    public override ISampleSource Samples(TrainingData data, ITextContents? texts) => new FeatureSource((SparseFeatures)data, model.Features);

    public override Tensor Batch(int members) => zeros([members, batch, model.Features], ScalarType.Float32);

    public override IPackLoss Loss(Device device) => new FeatureLoss(model, device);

    public override bool BatchPaysOnHost => (long)batch * model.Features <= MostFeaturesOnHost;

    public override IEnumerable<long> ActivationLengths => [(long)batch * model.Features, (long)batch * model.Hidden];

    public override byte[] Export(IReadOnlyDictionary<string, Tensor> pack, int member, IReadOnlyDictionary<string, string> metadata) =>
        SafetensorsWriter.Write([("W", pack["W"][member]), ("b", pack["b"][member])], metadata);

    public override byte[] ExportConfiguration() => JsonSerializer.SerializeToUtf8Bytes<Architecture>(model, Json.Options);

    private sealed class FeatureLoss(ReluToy model, Device device) : IPackLoss
    {
        private readonly Toy _toy = new(model, device);

        public Tensor Of(IReadOnlyDictionary<string, Tensor> pack, Tensor batch) => _toy.SampleLosses(pack["W"], pack["b"], batch).mean([1]);

        public void Dispose() => _toy.Dispose();
    }
}
