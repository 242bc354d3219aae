using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Kinds;

/// <summary>
/// All that training and measuring must know of a kind of model: what its parameters are, where samples come from, how a loss
/// follows from both, what file holds a model and what is measured of it. Optimizer, packs, checkpoints and streams know no kinds.
/// </summary>
public abstract class ModelKind
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

    /// <summary>Everything that is measured of snapshots of such models, on samples that training never sees.</summary>
    /// <param name="data">What the run is trained on.</param>
    /// <param name="measures">What to measure.</param>
    /// <param name="texts">Where text files come from; may be null if no part is text.</param>
    /// <exception cref="DataConfigurationException">The data configuration cannot work.</exception>
    public abstract ISnapshotMeasurement Measurement(TrainingData data, IReadOnlyCollection<Measure> measures, ITextContents? texts = null);

    /// <summary>The weights of one model by name, as a pack of one in the current dispose scope, from what <see cref="PackTrainer.Export"/> wrote.</summary>
    /// <exception cref="ModelFileException">A tensor is missing, has a wrong shape or is not known.</exception>
    public abstract IReadOnlyDictionary<string, Tensor> Read(SafetensorsReader file);

    /// <summary>The trained tensors with the distribution of their initial values.</summary>
    internal abstract ParameterLayout Layout(Initialization init);

    /// <summary>Where a run's samples come from.</summary>
    internal abstract ISampleSource Samples(TrainingData data, ITextContents? texts);

    /// <summary>Room on the host for the samples of one step [S, B, ...], of the type that <see cref="Samples"/> writes.</summary>
    internal abstract Tensor Batch(int members);

    /// <summary>The forward pass on a device.</summary>
    internal abstract IPackLoss Loss(Device device);

    /// <summary>Whether one batched program of some members is faster on the CPU than one for each.</summary>
    internal abstract bool BatchPaysOnHost { get; }

    /// <summary>Elements of each intermediate result that belong to one member of a pack.</summary>
    internal abstract IEnumerable<long> ActivationLengths { get; }

    /// <summary>One model of a pack as a safetensors file that stands alone.</summary>
    internal abstract byte[] Export(IReadOnlyDictionary<string, Tensor> pack, int member, IReadOnlyDictionary<string, string> metadata);

    /// <summary>The configuration file that belongs beside <see cref="Export"/>.</summary>
    internal abstract byte[] ExportConfiguration();
}

/// <summary>The loss of every model of a pack on its own samples.</summary>
internal interface IPackLoss : IDisposable
{
    /// <summary>Mean loss per member [S]; no value of one member depends on another.</summary>
    /// <param name="pack">The parameters by name, [S, ...] each.</param>
    /// <param name="batch">Samples [S, B, ...].</param>
    Tensor Of(IReadOnlyDictionary<string, Tensor> pack, Tensor batch);
}
