using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>The in-context-learning score (math.md 5.6): loss at a late context index minus loss at an early one, negative where context helps.</summary>
public static class InContextLearning
{
    /// <summary>Shortest sequence for which the score is defined.</summary>
    public const int ShortestLength = 22;

    /// <summary>The early and the late context index of sequences of <paramref name="length"/> tokens; null if they are too short.</summary>
    public static (int Early, int Late)? Indices(int length) => length < ShortestLength
        ? null
        : ((length * 50 * 2 + 512) / (512 * 2), Math.Min(length - 1, length * 500 / 512));

    /// <summary>
    /// The same score from means over the T/16 indices on each side of both (at least 1, cut at the ends of the sequence), which is less
    /// noisy: [...]; NaN if undefined.
    /// </summary>
    public static Tensor Window(Tensor losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        var length = (int)losses.shape[^1] + 1;
        return Indices(length) is var (early, late)
            ? Around(late) - Around(early)
            : full(losses.shape[..^1], double.NaN.Held(), losses.dtype, losses.device);

        Tensor Around(int index)
        {
            var side = Math.Max(1, length / 16);
            var (first, last) = (Math.Max(1, index - side), Math.Min(length - 1, index + side));
            return losses.narrow(-1, first - 1, last - first + 1).mean([-1]);
        }
    }

    /// <summary>Score from losses by index [..., pos - 1] (entry c - 1 is the loss of the token at index c): [...]; NaN if undefined.</summary>
    public static Tensor Score(Tensor losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        return Indices((int)losses.shape[^1] + 1) is var (early, late)
            ? losses.select(-1, late - 1) - losses.select(-1, early - 1)
            : full(losses.shape[..^1], double.NaN.Held(), losses.dtype, losses.device);
    }
}
