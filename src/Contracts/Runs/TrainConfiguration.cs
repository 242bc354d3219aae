namespace Orchestrator.Contracts.Runs;

/// <summary>What happens to the learning rate after warm-up.</summary>
public enum LearningRateDecay
{
    /// <summary>It stays.</summary>
    None,
    /// <summary>Half a cosine down to zero at the last step.</summary>
    Cosine,
    /// <summary>A straight line down to zero at the last step.</summary>
    Linear,
}

/// <summary>Initial weights: all N(0, std). The rest of the matrices have fan-in standard deviations times <see cref="Scale"/>.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.initialization")]
public sealed record Initialization
{
    /// <summary>Standard deviation of W_E; a toy model has none.</summary>
    [Id(0)] public double Embed { get; init; } = 0.5;
    /// <summary>Factor on 1/sqrt(d_model) (W_Q, W_K, W_V, W_U) and 1/sqrt(heads * d_head) (W_O); on 1/sqrt(features) (W of a toy model).</summary>
    [Id(1)] public double Scale { get; init; } = 1.0;
}

/// <summary>How one model is trained.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.train-configuration")]
public sealed record TrainConfiguration
{
    /// <summary>Optimizer steps.</summary>
    [Id(0)] public required int Steps { get; init; }
    /// <summary>Samples per step: sequences, or feature vectors.</summary>
    [Id(1)] public required int Batch { get; init; }
    /// <summary>The optimizer's name; <c>adamw</c>.</summary>
    [Id(2)] public string Optimizer { get; init; } = "adamw";
    /// <summary>Peak learning rate.</summary>
    [Id(3)] public double Lr { get; init; } = 1e-3;
    /// <summary>AdamW's averaging factors for gradient and squared gradient.</summary>
    [Id(4)] public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.99];
    /// <summary>AdamW's epsilon.</summary>
    [Id(5)] public double Eps { get; init; } = 1e-8;
    /// <summary>Decoupled weight decay.</summary>
    [Id(6)] public double WeightDecay { get; init; }
    /// <summary>Steps of linear warm-up.</summary>
    [Id(7)] public int Warmup { get; init; }
    /// <summary>What follows warm-up.</summary>
    [Id(8)] public LearningRateDecay Decay { get; init; } = LearningRateDecay.None;
    /// <summary>Initial weights.</summary>
    [Id(9)] public Initialization Init { get; init; } = new();
}
