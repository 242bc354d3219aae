using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// How features share dimensions (math.md section 7; Elhage et al. 2022), for matrices whose columns are features: of toy
/// models, or for transformers the columns of W_E^T, of W_U, or what heads read and write. G = W^T W is never built: all comes
/// from W W^T, [m, m]. Everything in float64.
/// </summary>
/// <param name="Norms">||W_k|| of each feature [S, n]: how far it is represented.</param>
/// <param name="Interference">Sum over other features of (unit W_k · W_j)^2 [S, n]; NaN for a feature that is not represented.</param>
/// <param name="Dimensionality">||W_k||^2 / sum_j (unit W_k · W_j)^2 [S, n], in [0, 1]; 0 for a feature that is not represented. 1 is a dimension of its own, 1/2 an antipodal pair.</param>
/// <param name="DimensionsPerFeature">m / ||W||_F^2 [S]; NaN where W is zero.</param>
/// <param name="EffectiveRank">exp of the entropy of the normalized squared singular values [S]; NaN where W is zero.</param>
/// <param name="ParticipationRatio">(sum s^2)^2 / sum s^4 over singular values s [S]; NaN where W is zero.</param>
public sealed record FeatureGeometry(
    Tensor Norms, Tensor Interference, Tensor Dimensionality, Tensor DimensionsPerFeature, Tensor EffectiveRank, Tensor ParticipationRatio)
{
    private const double Represented = 1e-12;

    /// <summary>Measures the columns of each W [S, m, n].</summary>
    public static FeatureGeometry Of(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        var shared = W.bmm(W.T());                                           // [S, m, m]
        var squares = W.square().sum([1]);                                   // [S, n] G_kk
        var overlaps = (W * shared.bmm(W)).sum([1]);                         // [S, n] (G^2)_kk
        var missing = (squares > squares.amax([1], keepdim: true) * Represented.Held()).logical_not();
        var (total, shares) = Spectrum(shared);
        return new(
            Kept(squares.sqrt()), Kept((overlaps / squares - squares).masked_fill(missing, double.NaN.Held())),
            Kept((squares.square() / overlaps).masked_fill(missing, 0.Held())),
            Kept((((double)W.shape[1]).Held() / total).masked_fill(total.eq(0.Held()), double.NaN.Held())), Kept(Rank(shares)), Kept(shares.square().sum([-1]).reciprocal()));

        static Tensor Kept(Tensor t) => t.MoveToOuterDisposeScope();
    }

    /// <summary>The effective rank alone, of each W [..., m, n] with m at most n: [...]; NaN where W is zero.</summary>
    public static Tensor EffectiveRankOf(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        return Rank(Spectrum(W.matmul(W.T())).Shares).MoveToOuterDisposeScope();
    }

    // Squared singular values from the Gram, and each as a share of their sum.
    private static (Tensor Total, Tensor Shares) Spectrum(Tensor gram)
    {
        var spectrum = FiniteMatrices.Of(gram, matrices => linalg.eigvalsh(matrices)).clamp_min(0.Held());          // [..., m]
        var total = spectrum.sum(-1);
        return (total, spectrum / total.unsqueeze(-1));
    }

    private static Tensor Rank(Tensor shares) => shares.xlogy(shares).sum([-1]).negative().exp();

    /// <summary>Mean |cosine| over all pairs of represented columns of each W [S, m, n], in blocks; costs n^2 m products. [S]; NaN with fewer than two.</summary>
    public static Tensor MeanAbsoluteCosine(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        var norms = W.square().sum([1], keepdim: true).sqrt();               // [S, 1, n]
        var there = norms > norms.amax([2], keepdim: true) * Math.Sqrt(Represented).Held();
        var unit = (W / norms).masked_fill(there.logical_not(), 0.Held()).T().contiguous();      // [S, n, m], zero where not represented
        var (n, represented) = (unit.shape[1], there.Exact().sum([1, 2]));
        var sum = zeros_like(represented);
        var step = Math.Max(1, (1L << 22) / Math.Max(1, n * unit.shape[0]));
        for (var start = 0L; start < n; start += step)
        {
            using var inner = NewDisposeScope();
            sum.Add(unit.narrow(1, start, Math.Min(step, n - start)).bmm(unit.T()).abs().sum([1, 2]));
        }
        var pairs = represented * (represented - 1.Held());
        return ((sum - represented) / pairs).masked_fill(pairs.eq(0.Held()), double.NaN.Held()).MoveToOuterDisposeScope();
    }
}
