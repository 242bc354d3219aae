using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Training;

/// <summary>The learning rate over a run.</summary>
public static class LearningRate
{
    /// <summary>
    /// Rate of the update that makes step <paramref name="step"/> + 1 of the run: linear warm-up that reaches the peak at update
    /// number <c>warmup</c>, then the decay, which would reach 0 one update after the last.
    /// </summary>
    /// <param name="train">Peak, warm-up, decay and number of steps.</param>
    /// <param name="step">Updates done before this one, from 0.</param>
    public static double At(TrainConfiguration train, int step)
    {
        ArgumentNullException.ThrowIfNull(train);
        if (step < train.Warmup)
        {
            return train.Lr * (step + 1) / train.Warmup;
        }
        var progress = (double)(step - train.Warmup) / Math.Max(1, train.Steps - train.Warmup);
        return train.Decay switch
        {
            LearningRateDecay.Cosine => train.Lr * (1 + Math.Cos(Math.PI * progress)) / 2,
            LearningRateDecay.Linear => train.Lr * (1 - progress),
            _ => train.Lr,
        };
    }
}
