using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Training.Fused;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Kinds;

/// <summary>Attention-only transformers (math.md section 1) on sequences of tokens.</summary>
internal sealed class AttentionOnlyKind(ModelConfiguration model, int vocab, int batch) : ModelKind, ITrainable
{
    private const int MostTokensOnHost = 512;

    public override ISnapshotMeasurement Measurement(TrainingData data, IReadOnlyCollection<Measure> measures, ITextContents? texts = null, Device? device = null) =>
        new SnapshotMeasurement(model, vocab, EvaluationSet.Create((DataConfiguration)data, model.NCtx, texts, measures), measures, device);

    public override IReadOnlyDictionary<string, Tensor> Read(SafetensorsReader file) =>
        ParameterLayout.Names(ModelFile.ReadWeights(file, TransformerLensConfiguration.From(model, vocab)));

    public override ParameterLayout Layout(Initialization init) => ParameterLayout.Of(model, vocab, init);

    public override ISampleSource Samples(TrainingData data, ITextContents? texts) => new SequenceMixture((DataConfiguration)data, model.NCtx, texts);

    public override Tensor Batch(int members) => zeros([members, batch, model.NCtx], ScalarType.Int64);

    public override IPackLoss Loss(Device device) => new TokenLoss(model, device);

    FusedShape? ITrainable.Fused(out string? reason) => FusedShape.Of(model, vocab, batch, out reason);

    /// <summary>
    /// A batch saves the overhead of calls, which counts only in very small models; in larger ones the members push each other out
    /// of the caches.
    /// </summary>
    public override bool BatchPaysOnHost => (long)batch * model.NCtx <= MostTokensOnHost;

    public override IEnumerable<long> ActivationLengths =>
        from width in new[] { 1, model.DModel, model.Heads * model.DHead, vocab } select (long)batch * (model.NCtx - 1) * width;

    public override byte[] Export(IReadOnlyDictionary<string, Tensor> pack, int member, IReadOnlyDictionary<string, string> metadata) =>
        ModelFile.Write(ParameterLayout.Arrange(model, pack), member, model, metadata);

    public override byte[] ExportConfiguration() => TransformerLensConfiguration.From(model, vocab).ToJson();

    private sealed class TokenLoss(ModelConfiguration model, Device device) : IPackLoss
    {
        private readonly Transformer _transformer = new(model, device);

        public Tensor Of(IReadOnlyDictionary<string, Tensor> pack, Tensor batch) =>
            _transformer.TokenLosses(ParameterLayout.Arrange(model, pack), batch).mean([1, 2]);

        public void Dispose() => _transformer.Dispose();
    }
}
