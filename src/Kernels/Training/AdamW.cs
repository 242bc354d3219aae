using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// One member's AdamW coefficients at one step, after Loshchilov and Hutter:
/// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g²; w = Keep·w - StepSize · m / (sqrt(v) / RootCorrection + Eps).
/// </summary>
/// <param name="Beta1">Averaging factor of the gradient.</param>
/// <param name="Beta2">Averaging factor of the squared gradient.</param>
/// <param name="Eps">Added to the root.</param>
/// <param name="Keep">1 - rate · weight decay.</param>
/// <param name="StepSize">rate / (1 - b1^t).</param>
/// <param name="RootCorrection">sqrt(1 - b2^t).</param>
public readonly record struct AdamWCoefficients(float Beta1, float Beta2, float Eps, float Keep, float StepSize, float RootCorrection)
{
    /// <summary>The coefficients of the update after <paramref name="step"/> updates, from 0.</summary>
    public static AdamWCoefficients At(TrainConfiguration train, int step)
    {
        ArgumentNullException.ThrowIfNull(train);
        var rate = LearningRate.At(train, step);
        return new AdamWCoefficients(
            (float)train.Betas[0], (float)train.Betas[1], (float)train.Eps,
            (float)(1 - rate * train.WeightDecay),
            (float)(rate / (1 - Math.Pow(train.Betas[0], step + 1))),
            (float)Math.Sqrt(1 - Math.Pow(train.Betas[1], step + 1)));
    }
}

/// <summary>Applies one update to a pack's parameters. A member whose coefficients are null stays as it is, to the bit.</summary>
internal interface IAdamW : IDisposable
{
    /// <summary>Running mean of the gradient [S*P], in the buffer's layout.</summary>
    TorchSharp.torch.Tensor Moment1 { get; }
    /// <summary>Running mean of the squared gradient [S*P].</summary>
    TorchSharp.torch.Tensor Moment2 { get; }
    /// <summary>One update.</summary>
    /// <param name="gradients">One per trainable tensor, in the order of the layout.</param>
    /// <param name="coefficients">One per member.</param>
    void Step(IReadOnlyList<TorchSharp.torch.Tensor> gradients, IReadOnlyList<AdamWCoefficients?> coefficients);
}
