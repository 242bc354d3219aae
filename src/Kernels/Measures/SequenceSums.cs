using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Puts the parts of one evaluation set together: a mean over data from what each part's sequences add.</summary>
internal sealed class SequenceSums
{
    private readonly List<(Tensor Sums, Tensor Counts)> _parts = [];    // [S, ...], [] each

    /// <summary>Adds the sequences of one part. The sums are kept in the dispose scope outside of the current one.</summary>
    public void Add(PerSequence part)
    {
        var counts = part.Counts is { } given ? given.sum(ScalarType.Float64) : tensor((double)part.Sums.shape[1], device: part.Sums.device);
        _parts.Add((part.Sums.sum([1], type: ScalarType.Float64).MoveToOuterDisposeScope(), counts.MoveToOuterDisposeScope()));
    }

    /// <summary>The mean over all observations, float64 [S, ...]; NaN if there is none.</summary>
    public Tensor Mean() => stack([.. _parts.Select(part => part.Sums)], 0).sum([0]) / stack([.. _parts.Select(part => part.Counts)], 0).sum();
}
