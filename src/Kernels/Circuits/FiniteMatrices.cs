using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Decompositions of stacks in which a model may have diverged: given a matrix that is not finite, a library refuses the whole stack, or complains
/// and takes the process with it (eigenvalues by oneMKL on an Intel processor with AVX-512: "Parameter 3 was incorrect on entry to DGEBAL", and a segmentation fault).
/// </summary>
internal static class FiniteMatrices
{
    /// <summary>What <paramref name="compute"/> says of each matrix of a stack [..., m, n]: [..., k], NaN where the matrix is not finite.</summary>
    public static Tensor Of(Tensor matrices, Func<Tensor, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        var wrong = matrices.isfinite().flatten(-2).all(-1).logical_not();                                       // [...]
        var values = compute(matrices.masked_fill(wrong.unsqueeze(-1).unsqueeze(-1), 0.0.Held()));               // [..., k]
        return values.masked_fill(wrong.unsqueeze(-1), double.NaN.Held()).MoveToOuterDisposeScope();
    }
}
