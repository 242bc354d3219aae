using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// A number of each head, layer or index that is a mean over data, by the sequences it was taken on: what each sequence adds, and how
/// much each counts. Sequences are drawn independently, so they are the unit of its error from data (math.md 8.3).
/// </summary>
/// <param name="Sums">[S, batch, ...].</param>
/// <param name="Counts">Observations in each sequence [batch]; null if each counts as one.</param>
public sealed record PerSequence(Tensor Sums, Tensor? Counts = null)
{
    /// <summary>The mean over all observations of the batch, float64 [S, ...]; NaN if there is none.</summary>
    public Tensor Mean()
    {
        using var scope = NewDisposeScope();
        var mean = Counts is null ? Sums.mean([1], type: ScalarType.Float64) : Sums.sum([1], type: ScalarType.Float64) / Counts.sum(ScalarType.Float64);
        return mean.MoveToOuterDisposeScope();
    }
}
