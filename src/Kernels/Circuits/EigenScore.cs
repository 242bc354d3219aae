using Orchestrator.Kernels.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// sum Re(lambda) / sum |lambda| of a circuit (math.md 3.1): +1 if all eigenvalues are positive (copying, matching), -1 where
/// all are negative. NaN if the circuit is zero, or nilpotent but for rounding: sum |lambda| at most 1e-12 of the product of
/// its factors' Frobenius norms, so that scaling a head changes nothing.
/// </summary>
public static class EigenScore
{
    private const double Negligible = 1e-12;

    /// <summary>Score of each matrix of a stack [..., e, e], float64 [...].</summary>
    /// <param name="reduced">Small matrices with the circuits' non-trivial eigenvalues.</param>
    /// <param name="factorNorms">Product of the Frobenius norms of each circuit's factors [...].</param>
    public static Tensor Of(Tensor reduced, Tensor factorNorms)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        ArgumentNullException.ThrowIfNull(factorNorms);
        using var scope = NewDisposeScope();
        var eigenvalues = Eigenvalues(reduced);                                  // [..., e]
        var (signed, absolute) = (eigenvalues.real.sum(-1), eigenvalues.abs().sum(-1));
        var defined = absolute > factorNorms.Exact() * Negligible.Held();
        return (signed / absolute).masked_fill(defined.logical_not(), double.NaN.Held()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Eigenvalues of each matrix of a stack [..., e, e], computed in float64: [..., e], complex. On the host whatever the device: no
    /// library has fast ones for many small matrices elsewhere.
    /// </summary>
    public static Tensor Eigenvalues(Tensor reduced)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (reduced.device.type == DeviceType.CPU)
        {
            return FiniteMatrices.Of(reduced.Exact(), linalg.eigvals).MoveToOuterDisposeScope();
        }
        var matrices = reduced.Exact().flatten(0, -3).cpu();
        var parts = matrices.chunk(Math.Max(1, Environment.ProcessorCount));
        var found = new Tensor[parts.Length];
        Parallel.For(0, parts.Length, n =>
        {
            using var inner = NewDisposeScope();
            using var plain = no_grad();
            found[n] = FiniteMatrices.Of(parts[n], linalg.eigvals).DetachFromDisposeScope();
        });
        var all = cat(found, 0).view(reduced.shape[..^1]).to(reduced.device);
        foreach (var part in found)
        {
            part.Dispose();
        }
        return all.MoveToOuterDisposeScope();
    }
}
