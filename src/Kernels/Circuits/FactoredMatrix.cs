using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// A product A B of small rank r that is never multiplied out (math.md 3.2), or a stack of them: A [..., n, r], B [..., r, m].
/// All of it is exact: eigenvalues and trace by AB ~ BA, norms by Grams, singular values by the triangular factors of A and B.
/// (||AB|| is not ||BA||: the order of the factors matters.)
/// </summary>
/// <param name="A">Left factor [..., n, r].</param>
/// <param name="B">Right factor [..., r, m].</param>
public sealed record FactoredMatrix(Tensor A, Tensor B)
{
    /// <summary>The full OV circuit of a head of each model between tokens, W_E W_V W_O W_U: row = source token, column = output token [S, V, V].</summary>
    public static FactoredMatrix OutputValueOf(CircuitModel model, int head)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model.W_E.bmm(model.Heads.W_V.select(1, head)), model.Heads.W_O.select(1, head).bmm(model.W_U));
    }

    /// <summary>The full QK circuit of a head of each model between tokens, W_E W_Q W_K^T W_E^T: row = query token, column = key token [S, V, V], without the attention scale.</summary>
    public static FactoredMatrix QueryKeyOf(CircuitModel model, int head)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model.W_E.bmm(model.Heads.W_Q.select(1, head)), model.W_E.bmm(model.Heads.W_K.select(1, head)).T());
    }

    /// <summary>The first of a stack.</summary>
    internal FactoredMatrix First => new(A[0], B[0]);

    /// <summary>This product times another one, with the smaller of their ranks on the outside: (A)(B C D).</summary>
    public FactoredMatrix Times(FactoredMatrix next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new(A, B.matmul(next.A).matmul(next.B));
    }

    /// <summary>Rows <paramref name="start"/> .. of the product, [..., count, m].</summary>
    public Tensor Rows(long start, long count) => A.narrow(-2, start, count).matmul(B);

    /// <summary>The product's diagonal (square matrices) [..., n].</summary>
    public Tensor Diagonal() => (A * B.T()).sum(-1);

    /// <summary>Mean of each column [..., 1, m].</summary>
    public Tensor ColumnMeans() => A.mean([-2], keepdim: true).matmul(B);

    /// <summary>Mean of each row [..., n, 1].</summary>
    public Tensor RowMeans() => A.matmul(B.mean([-1], keepdim: true));

    /// <summary>Trace of a square product, float64 [...].</summary>
    public Tensor Trace() => B.matmul(A).Trace();

    /// <summary>The r eigenvalues of a square product that can differ from zero, complex [..., r].</summary>
    public Tensor Eigenvalues() => EigenScore.Eigenvalues(B.matmul(A));

    /// <summary>Frobenius norm, float64 [...].</summary>
    public Tensor Norm()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return (A.T().matmul(A).Exact() * B.matmul(B.T()).Exact()).sum([-2, -1]).clamp_min(0.0.Held()).sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>Singular values that can differ from zero, descending [..., min(n, r, m)].</summary>
    public Tensor SingularValues()
    {
        using var _ = no_grad();
        var (left, right) = (linalg.qr(A.Exact()).R, linalg.qr(B.T().Exact()).R);       // [..., min(n, r), r], [..., min(m, r), r]
        return FiniteMatrices.Of(left.matmul(right.T()), matrices => linalg.svdvals(matrices));
    }
}
