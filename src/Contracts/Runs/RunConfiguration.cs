namespace Orchestrator.Contracts.Runs;

/// <summary>Everything that decides a run's weights: the run's identity is a hash of this and of <see cref="Versions.Trainer"/>.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-configuration")]
public sealed record RunConfiguration
{
    /// <summary>The model's kind and shape.</summary>
    [Id(0)] public required Architecture Model { get; init; }
    /// <summary>What it is trained on.</summary>
    [Id(1)] public required TrainingData Data { get; init; }
    /// <summary>How it is trained.</summary>
    [Id(2)] public required TrainConfiguration Train { get; init; }
    /// <summary>Moves initial weights and sample order.</summary>
    [Id(3)] public required ulong Seed { get; init; }
}
