using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training.Fused;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// All that training must know of a kind of model, at the sizes that a pack shares: what its parameters are, where samples come
/// from, how a loss follows from both, and what file holds a model.
/// </summary>
public interface ITrainable
{
    /// <summary>The trained tensors with the distribution of their initial values.</summary>
    ParameterLayout Layout(Initialization init);

    /// <summary>Where a run's samples come from.</summary>
    ISampleSource Samples(TrainingData data, ITextContents? texts);

    /// <summary>Room on the host for the samples of one step [S, B, ...], of the type that <see cref="Samples"/> writes.</summary>
    Tensor Batch(int members);

    /// <summary>The forward pass on a device.</summary>
    IPackLoss Loss(Device device);

    /// <summary>What a GPU's fused step must know of the models; null, with the reason, where libtorch's operators must do.</summary>
    internal FusedShape? Fused(out string? reason)
    {
        reason = "the kernels of its own know transformers alone";
        return null;
    }

    /// <summary>Whether one batched program of some members is faster on the CPU than one for each.</summary>
    bool BatchPaysOnHost { get; }

    /// <summary>Elements of each intermediate result that belong to one member of a pack.</summary>
    IEnumerable<long> ActivationLengths { get; }

    /// <summary>One model of a pack as a safetensors file that stands alone.</summary>
    byte[] Export(IReadOnlyDictionary<string, Tensor> pack, int member, IReadOnlyDictionary<string, string> metadata);

    /// <summary>The configuration file that belongs beside <see cref="Export"/>.</summary>
    byte[] ExportConfiguration();
}

/// <summary>The loss of every model of a pack on its own samples.</summary>
public interface IPackLoss : IDisposable
{
    /// <summary>Mean loss per member [S]; no value of one member depends on another.</summary>
    /// <param name="pack">The parameters by name, [S, ...] each.</param>
    /// <param name="batch">Samples [S, B, ...].</param>
    Tensor Of(IReadOnlyDictionary<string, Tensor> pack, Tensor batch);
}
