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

    /// <summary>Score of each matrix of a stack [N, e, e].</summary>
    /// <param name="reduced">Small matrices with the circuits' non-trivial eigenvalues.</param>
    /// <param name="factorNorms">Product of the Frobenius norms of each circuit's factors [N].</param>
    public static double[] Of(Tensor reduced, Tensor factorNorms)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        ArgumentNullException.ThrowIfNull(factorNorms);
        if (reduced.shape[0] == 0)
        {
            return [];
        }
        using var scope = NewDisposeScope();
        var eigenvalues = Eigenvalues(reduced);                                  // [N, e]
        var (signed, absolute) = (eigenvalues.real.sum(-1), eigenvalues.abs().sum(-1));
        var defined = absolute > factorNorms.Exact() * Negligible;
        return where(defined, signed / absolute, full_like(signed, double.NaN)).Values();
    }

    /// <summary>Eigenvalues of each matrix of a stack [N, e, e], computed in float64: [N, e], complex.</summary>
    public static Tensor Eigenvalues(Tensor reduced)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        using var _ = no_grad();
        return linalg.eigvals(reduced.Exact());
    }
}
