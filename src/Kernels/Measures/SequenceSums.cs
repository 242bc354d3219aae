using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Puts the parts of one evaluation set together: a mean over data from what each sequence adds, and its error from the data (math.md
/// 8.3): the standard error with sequences as units, that of a ratio of sums where sequences count differently.
/// </summary>
internal sealed class SequenceSums
{
    private readonly List<(Tensor Sum, Tensor Square, Tensor Product, Tensor Counts, Tensor CountSquares)> _parts = [];    // [S, n] each, the last two [n]
    private long _sequences;

    /// <summary>Adds the sequences of one part. What is kept lives in the dispose scope outside of the current one.</summary>
    /// <param name="sums">What each sequence adds to each number [S, batch, n].</param>
    /// <param name="counts">How many observations that is, float64 [batch, n].</param>
    public void Add(Tensor sums, Tensor counts)
    {
        var x = sums.to_type(ScalarType.Float64);
        _parts.Add((Kept(x.sum([1])), Kept(x.square().sum([1])), Kept((x * counts).sum([1])), Kept(counts.sum([0])), Kept(counts.square().sum([0]))));
        _sequences += x.shape[1];

        static Tensor Kept(Tensor t) => t.MoveToOuterDisposeScope();
    }

    /// <summary>The mean over all observations, float64 [S, n]; NaN if there is none.</summary>
    public Tensor Mean() => Total(part => part.Sum) / Total(part => part.Counts);

    /// <summary>The standard error of the mean from the choice of the sequences [S, n]; NaN with fewer than two.</summary>
    public Tensor Error()
    {
        var (counts, mean) = (Total(part => part.Counts), Mean());
        // Of the residuals x - R c of each sequence; rounding can leave less than nothing.
        var squares = (Total(part => part.Square) - (mean * 2.Held() * Total(part => part.Product))).Plus(mean.square() * Total(part => part.CountSquares));
        var spread = _sequences < 2 ? double.NaN : _sequences / (_sequences - 1.0);
        return (squares.clamp_min(0.Held()) * spread.Held()).sqrt() / counts;
    }

    private Tensor Total(Func<(Tensor Sum, Tensor Square, Tensor Product, Tensor Counts, Tensor CountSquares), Tensor> of) => stack([.. _parts.Select(of)], 0).sum([0]);
}
