using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// How features share dimensions (math.md section 7; Elhage et al. 2022), for a matrix whose columns are features: of a toy
/// model, or for a transformer the columns of W_E^T, of W_U, or what heads read and write. G = W^T W is never built: all comes
/// from W W^T, [m, m].
/// </summary>
/// <param name="Norms">||W_k|| of each feature: how far it is represented.</param>
/// <param name="Interference">Sum over other features of (unit W_k · W_j)^2; NaN for a feature that is not represented.</param>
/// <param name="Dimensionality">||W_k||^2 / sum_j (unit W_k · W_j)^2, in [0, 1]; 0 for a feature that is not represented. 1 is a dimension of its own, 1/2 an antipodal pair.</param>
/// <param name="DimensionsPerFeature">m / ||W||_F^2; NaN where W is zero.</param>
/// <param name="EffectiveRank">exp of the entropy of the normalized squared singular values; NaN where W is zero.</param>
/// <param name="ParticipationRatio">(sum s^2)^2 / sum s^4 over singular values s; NaN where W is zero.</param>
public sealed record FeatureGeometry(
    IReadOnlyList<double> Norms, IReadOnlyList<double> Interference, IReadOnlyList<double> Dimensionality, double DimensionsPerFeature, double EffectiveRank, double ParticipationRatio)
{
    private const double Represented = 1e-12;

    /// <summary>Measures the columns of W [m, n].</summary>
    public static FeatureGeometry Of(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        var shared = W.matmul(W.T());                                        // [m, m]
        var squares = W.square().sum([0]);                                   // [n] G_kk
        var overlaps = (W * shared.matmul(W)).sum([0]);                      // [n] (G^2)_kk
        var there = squares > squares.max() * Represented;
        var undefined = full_like(squares, double.NaN);
        var interference = where(there, overlaps / squares - squares, undefined).Values();
        var dimensionality = where(there, squares.square() / overlaps, zeros_like(squares)).Values();
        var (total, shares) = Spectrum(shared);
        return new(
            squares.sqrt().Values(), interference, dimensionality, total > 0 ? W.shape[0] / total : double.NaN,
            Rank(shares), 1 / shares.Sum(share => share * share));
    }

    /// <summary>The effective rank alone, of W [m, n] with m at most n; NaN where W is zero.</summary>
    public static double EffectiveRankOf(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        return Rank(Spectrum(W.matmul(W.T())).Shares);
    }

    // Squared singular values from the Gram, and each as a share of their sum.
    private static (double Total, double[] Shares) Spectrum(Tensor gram)
    {
        double[] spectrum = [.. linalg.eigvalsh(gram).Values().Select(value => Math.Max(0, value))];
        var total = spectrum.Sum();
        return (total, [.. spectrum.Select(value => value / total)]);
    }

    private static double Rank(double[] shares) => Math.Exp(-shares.Sum(share => share == 0 ? 0 : share * Math.Log(share)));

    /// <summary>Mean |cosine| over all pairs of represented columns, in blocks; costs n^2 m products. NaN with fewer than two.</summary>
    public static double MeanAbsoluteCosine(Tensor W)
    {
        ArgumentNullException.ThrowIfNull(W);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        W = W.Exact();
        var norms = W.norm(0, keepdim: false, p: 2);
        var unit = (W / norms).T();                                          // [n, m]
        unit = unit.index_select(0, (norms > norms.max() * Math.Sqrt(Represented)).nonzero().flatten());
        var n = unit.shape[0];
        var sum = 0.0;
        var step = Math.Max(1, (1L << 22) / Math.Max(1, n));
        for (var start = 0L; start < n; start += step)
        {
            using var inner = NewDisposeScope();
            sum += unit.narrow(0, start, Math.Min(step, n - start)).matmul(unit.T()).abs().sum().Value();
        }
        return n < 2 ? double.NaN : (sum - n) / (n * (n - 1.0));
    }
}
