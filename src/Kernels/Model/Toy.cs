using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Model;

/// <summary>
/// The forward pass of a pack of toy models (math.md section 7): h = W x, x' = ReLU(W^T h + b), without the ReLU in the linear
/// baseline. Holds no weights. S = models, B = samples per model, m = hidden dimensions, n = features.
/// </summary>
public sealed class Toy : IDisposable
{
    private readonly bool _relu;
    private readonly Tensor _importance;        // [n]

    /// <summary>Makes the table of importances I_k = importance^k on a device.</summary>
    public Toy(ReluToy shape, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        _relu = shape.Relu;
        float[] importance = [.. Enumerable.Range(0, shape.Features).Select(k => (float)Math.Pow(shape.Importance, k))];
        _importance = tensor(importance, device: device ?? CPU).DetachFromDisposeScope();
    }

    /// <summary>What the models give back.</summary>
    /// <param name="W">[S, m, n].</param>
    /// <param name="b">[S, n].</param>
    /// <param name="x">[S, B, n].</param>
    /// <returns>[S, B, n].</returns>
    public Tensor Reconstruct(Tensor W, Tensor b, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(W);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(x);
        var hidden = x.bmm(W.transpose(1, 2));                                  // [S, B, m]
        var given = hidden.bmm(W).Plus(b.unsqueeze(1));                             // [S, B, n]
        return _relu ? given.relu() : given;
    }

    /// <summary>sum_k I_k (x_k - x'_k)^2 of every sample [S, B].</summary>
    /// <param name="W">[S, m, n].</param>
    /// <param name="b">[S, n].</param>
    /// <param name="x">[S, B, n].</param>
    public Tensor SampleLosses(Tensor W, Tensor b, Tensor x) => (_importance * (x - Reconstruct(W, b, x)).square()).sum(-1);

    /// <inheritdoc/>
    public void Dispose() => _importance.Dispose();
}
