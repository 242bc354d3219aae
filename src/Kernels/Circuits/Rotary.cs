using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Rotary positions: the first dimensions of queries and keys are rotated in pairs by position / base^(2k/n), as TransformerLens does.</summary>
internal static class Rotary
{
    /// <param name="x">Queries or keys [..., pos, e].</param>
    /// <param name="configuration">Says how many dimensions, in which pairs, with which base.</param>
    public static Tensor Apply(Tensor x, CircuitConfiguration configuration)
    {
        var n = configuration.RotaryDimensions;
        if (n == 0)
        {
            return x;
        }
        var positions = arange(((double)x.shape[^2]).Held(), dtype: x.dtype, device: x.device);                                                   // [pos]
        var wave = (arange((n / 2.0).Held(), dtype: x.dtype, device: x.device) * (2.0 * Math.Log(configuration.RotaryBase) / n).Held()).exp();                   // [n/2]
        var angle = positions.unsqueeze(1) / wave;                                                             // [pos, n/2]
        var (cosine, sine) = (angle.cos(), angle.sin());
        var (turned, kept) = (x.narrow(-1, 0, n), x.narrow(-1, n, x.shape[^1] - n));
        if (configuration.RotaryAdjacentPairs)
        {
            var pairs = turned.reshape([.. turned.shape[..^1], n / 2, 2]);                                     // [..., pos, n/2, 2]
            var (a, b) = (pairs.select(-1, 0), pairs.select(-1, 1));
            turned = stack([a * cosine - b * sine, (b * cosine).Plus(a * sine)], -1).reshape(turned.shape);
        }
        else
        {
            var (a, b) = (turned.narrow(-1, 0, n / 2), turned.narrow(-1, n / 2, n / 2));
            turned = cat([a * cosine - b * sine, (b * cosine).Plus(a * sine)], -1);
        }
        return cat([turned, kept], -1);
    }
}
