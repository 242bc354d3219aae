using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Kinds;

/// <summary>
/// A kind of model: what training must know of it (<see cref="ITrainable"/>), what is measured of it, and how its files are read.
/// Optimizer, packs, checkpoints, streams and measures know no kinds.
/// </summary>
public abstract class ModelKind : ITrainable
{
    /// <summary>The kind of a run, at the sizes that the run's pack shares.</summary>
    /// <exception cref="DataConfigurationException">The data is not what the kind of model reads.</exception>
    public static ModelKind Of(RunConfiguration run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return (run.Model, run.Data) switch
        {
            (ModelConfiguration model, DataConfiguration data) => new AttentionOnlyKind(model, data.Vocab, run.Train.Batch),
            (ReluToy model, SparseFeatures) => new ReluToyKind(model, run.Train.Batch),
            _ => throw new DataConfigurationException(
                $"data: a model of kind {run.Model.GetType().Name} cannot read data of kind {run.Data.GetType().Name}: sequences belong to transformers, sparse-features to relu-toy"),
        };
    }

    /// <summary>Trains runs of one kind and shape together: see <see cref="PackTrainer"/>.</summary>
    public static PackTrainer Trainer(IReadOnlyList<RunConfiguration> runs, ITextContents? texts = null, Device? device = null, IReadOnlyList<byte[]?>? checkpoints = null)
    {
        PackTrainer.CheckShape(runs);
        return new(Of(runs[0]), runs, texts, device, checkpoints);
    }

    /// <summary>Everything that is measured of snapshots of such models, on samples that training never sees.</summary>
    /// <param name="data">What the run is trained on.</param>
    /// <param name="measures">What to measure.</param>
    /// <param name="texts">Where text files come from; may be null if no part is text.</param>
    /// <param name="device">Where the snapshots will lie; the CPU by default.</param>
    /// <exception cref="DataConfigurationException">The data configuration cannot work.</exception>
    public abstract ISnapshotMeasurement Measurement(TrainingData data, IReadOnlyCollection<Measure> measures, ITextContents? texts = null, Device? device = null);

    /// <summary>The weights of one model by name, as a pack of one in the current dispose scope, from what <see cref="PackTrainer.Export(int)"/> wrote.</summary>
    /// <exception cref="ModelFileException">A tensor is missing, has a wrong shape or is not known.</exception>
    public abstract IReadOnlyDictionary<string, Tensor> Read(SafetensorsReader file);

    /// <inheritdoc/>
    public abstract ParameterLayout Layout(Initialization init);

    /// <inheritdoc/>
    public abstract ISampleSource Samples(TrainingData data, ITextContents? texts);

    /// <inheritdoc/>
    public abstract Tensor Batch(int members);

    /// <inheritdoc/>
    public abstract IPackLoss Loss(Device device);

    /// <inheritdoc/>
    public abstract bool BatchPaysOnHost { get; }

    /// <inheritdoc/>
    public abstract IEnumerable<long> ActivationLengths { get; }

    /// <inheritdoc/>
    public abstract byte[] Export(IReadOnlyDictionary<string, Tensor> pack, int member, IReadOnlyDictionary<string, string> metadata);

    /// <inheritdoc/>
    public abstract byte[] ExportConfiguration();
}
