using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Numbers of a pack of one.</summary>
internal static class OneModel
{
    /// <summary>Means over the batch, in flat order.</summary>
    public static double[] Numbers(this PerSequence each) => each.Mean().Values();

    /// <summary>The score of a pair of heads by flat numbers, of scores [1, N, N].</summary>
    public static double Of(this Tensor pairs, int from, int to) => pairs[0, from, to].item<double>();

    /// <summary>The three scores of a pair.</summary>
    public static (double Raw, double Excess, double Z) Of(this Composition way, int from, int to) => (way.Raw.Of(from, to), way.Excess.Of(from, to), way.Z.Of(from, to));

    /// <summary>Mean losses with each head zeroed, in flat order, of losses [1, N, batch, pos - 1].</summary>
    public static double[] EachHead(this Tensor ablated) => ablated.mean([2, 3]).Values();
}
