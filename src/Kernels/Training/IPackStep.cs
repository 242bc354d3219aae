using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>How the updates of a pack are computed: loss and gradient of every member on its own samples, then AdamW.</summary>
internal interface IPackStep : IDisposable
{
    /// <summary>By what it computes, and if not by kernels of its own on a GPU then why not.</summary>
    string Description { get; }

    /// <summary>Running mean of the gradient [S*P], in the layout of the parameters' buffer.</summary>
    Tensor Moment1 { get; }

    /// <summary>Running mean of the squared gradient [S*P].</summary>
    Tensor Moment2 { get; }

    /// <summary>Updates that can be started before the losses of the first are asked for.</summary>
    int Most { get; }

    /// <summary>Where the samples of one member for an update belong: [B, ...], row-major. What is not written keeps what it held.</summary>
    /// <param name="update">0 .. <see cref="Most"/> - 1: the first, second, … since the losses were last asked for.</param>
    /// <param name="member">The member.</param>
    Span<byte> Samples(int update, int member);

    /// <summary>Starts the next update. A member whose loss is no number stays as it is from there on.</summary>
    /// <param name="coefficients">One per member; null leaves a member as it is, to the bit.</param>
    void Update(IReadOnlyList<AdamWCoefficients?> coefficients);

    /// <summary>Mean losses of the updates since this was last asked, before each [updates][S], in nats; what a member that stayed has there means nothing.</summary>
    float[][] Losses();
}
