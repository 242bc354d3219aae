using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Runs;

/// <summary>
/// What a run is trained on: sequences of tokens (<see cref="DataConfiguration"/>) for transformers, or feature vectors
/// (<see cref="SparseFeatures"/>) for toy models. In JSON <c>kind</c> tells them apart; sequences have none.
/// </summary>
[JsonConverter(typeof(Converter))]
[GenerateSerializer, Immutable, Alias("orchestrator.training-data")]
public abstract record TrainingData
{
    /// <summary>Text files by content that the data is drawn from.</summary>
    [JsonIgnore] public abstract IEnumerable<TextFile> TextFiles { get; }

    private sealed class Converter() : KindConverter<TrainingData>(typeof(DataConfiguration), (SparseFeatures.Kind, typeof(SparseFeatures)));
}

/// <summary>Feature vectors whose components are independent: 0 with probability <see cref="Sparsity"/>, else uniform on [0, 1].</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.sparse-features")]
public sealed record SparseFeatures : TrainingData
{
    /// <summary>Its name where kinds are told apart.</summary>
    public const string Kind = "sparse-features";

    /// <summary>Probability S that a feature is 0; at least 0, below 1.</summary>
    [Id(0)] public required double Sparsity { get; init; }
    /// <summary>Moves what all runs share: the held-out samples. A run's own seed moves what it is trained on.</summary>
    [Id(1)] public ulong Seed { get; init; }

    /// <inheritdoc/>
    [JsonIgnore] public override IEnumerable<TextFile> TextFiles => [];
}
