using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Loss by context index, and the in-context-learning score (math.md 5.6): loss at a late index minus loss at an early one, negative where context helps.</summary>
public static class InContextLearning
{
    /// <summary>Shortest sequence for which the score is defined.</summary>
    public const int ShortestLength = 22;

    /// <summary>Mean over sequences of the loss of the token at context index i + 1; [batch, pos - 1] to pos - 1 numbers.</summary>
    public static double[] IndexLosses(Tensor lossPerToken)
    {
        ArgumentNullException.ThrowIfNull(lossPerToken);
        return lossPerToken.mean([0]).Values();
    }

    /// <summary>The early and the late context index of sequences of <paramref name="length"/> tokens; null if they are too short.</summary>
    public static (int Early, int Late)? Indices(int length) => length < ShortestLength
        ? null
        : ((length * 50 * 2 + 512) / (512 * 2), Math.Min(length - 1, length * 500 / 512));

    /// <summary>Score from losses by index (entry c - 1 is the loss of the token at index c); NaN if undefined.</summary>
    public static double Score(ReadOnlySpan<double> indexLosses) => Indices(indexLosses.Length + 1) is var (early, late)
        ? indexLosses[late - 1] - indexLosses[early - 1]
        : double.NaN;
}
