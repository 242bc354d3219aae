using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Models as points in loss space (math.md 5.8; Olsson et al. 2022): a snapshot's coordinates are its losses on the same examples.
/// The first two principal components over all snapshots of all models together draw their training trajectories.
/// </summary>
/// <param name="Coordinates">Of each snapshot its place along both components, [snapshot][2]; the mean over snapshots is 0.</param>
/// <param name="Components">Unit vectors [2][example], orthogonal; the largest entry by amount (the first of equals) is positive. Zero where the snapshots span less.</param>
/// <param name="Explained">Share of the variance along each; NaN if all snapshots are the same.</param>
public sealed record LossSpace(double[][] Coordinates, double[][] Components, double[] Explained)
{
    private const double Rounding = 1e-12;

    /// <summary>Finds the components.</summary>
    /// <param name="losses">Losses [snapshot][example], nats; the snapshots of all models in any order.</param>
    /// <exception cref="ArgumentException">There is no snapshot, they differ in length, or a loss is no number.</exception>
    public static LossSpace Of(IReadOnlyList<double[]> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        if (losses.Count == 0 || losses[0].Length == 0 || losses.Any(row => row.Length != losses[0].Length || !row.All(double.IsFinite)))
        {
            throw new ArgumentException("trajectories need at least one snapshot, and finite losses on the same examples for each", nameof(losses));
        }
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var X = tensor([.. losses.SelectMany(row => row)], [losses.Count, losses[0].Length], dtype: ScalarType.Float64);
        X -= X.mean([0], keepdim: true);                                     // [snapshot, example]
        var (_, spectrum, V) = linalg.svd(X, fullMatrices: false);           // [rank], [rank, example]
        var (s, rows, total) = (spectrum.Values(), V.Rows(), X.square().sum().Value());
        double[][] components = [.. Enumerable.Range(0, 2).Select(k => k < s.Length && s[k] > Rounding * s[0] ? Signed(rows[k]) : new double[losses[0].Length])];
        var along = X.matmul(tensor([.. components.SelectMany(c => c)], [2, losses[0].Length], dtype: ScalarType.Float64).T());
        return new(along.Rows(), components, [.. Enumerable.Range(0, 2).Select(k => total == 0 ? double.NaN : k < s.Length ? s[k] * s[k] / total : 0)]);
    }

    /// <summary>The unit vector from the losses before a window of training to those after it; null if nothing changed.</summary>
    /// <param name="before">Losses by example at the start of the window.</param>
    /// <param name="after">The same at its end.</param>
    public static double[]? Change(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        double[] change = [.. Difference(after, before)];
        var norm = Math.Sqrt(change.Sum(value => value * value));
        return norm > 0 ? [.. change.Select(value => value / norm)] : null;
    }

    /// <summary>
    /// How far zeroing a head moves the model along a change: the inner product of <paramref name="change"/> and what the
    /// ablation adds to the losses. Negative where the head makes the change, as induction heads do.
    /// </summary>
    /// <param name="change">What <see cref="Change"/> gave.</param>
    /// <param name="clean">Losses by example of the whole model.</param>
    /// <param name="ablated">The same with the head zeroed.</param>
    public static double Attribution(IReadOnlyList<double> change, IReadOnlyList<double> clean, IReadOnlyList<double> ablated)
    {
        ArgumentNullException.ThrowIfNull(change);
        double[] added = [.. Difference(ablated, clean)];
        return added.Length == change.Count
            ? added.Zip(change, (a, c) => a * c).Sum()
            : throw new ArgumentException($"a change over {change.Count} examples cannot be compared with losses of {added.Length}", nameof(change));
    }

    private static IEnumerable<double> Difference(IReadOnlyList<double> of, IReadOnlyList<double> minus)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(minus);
        return of.Count == minus.Count
            ? of.Zip(minus, (a, b) => a - b)
            : throw new ArgumentException($"losses of {of.Count} and of {minus.Count} examples cannot be compared: take both on the same examples", nameof(of));
    }

    private static double[] Signed(double[] component)
    {
        var largest = component.MaxBy(Math.Abs);
        return largest < 0 ? [.. component.Select(value => -value)] : component;
    }
}
