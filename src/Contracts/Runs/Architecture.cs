using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Runs;

/// <summary>
/// What kind of model a run trains, and its sizes: an attention-only transformer (<see cref="ModelConfiguration"/>) or a ReLU toy
/// model (<see cref="ReluToy"/>). In JSON <c>kind</c> tells them apart; the transformer has none.
/// </summary>
[JsonConverter(typeof(Converter))]
[GenerateSerializer, Immutable, Alias("orchestrator.architecture")]
public abstract record Architecture
{
    /// <summary>Attention heads in a layer; 0 for a kind without attention, to which nothing that is measured of heads applies.</summary>
    [JsonIgnore] public abstract int HeadsPerLayer { get; }

    /// <summary>Attention heads in all layers; 0 for a kind without attention.</summary>
    [JsonIgnore] public abstract int HeadCount { get; }

    /// <summary>Positions that one training sample takes: tokens of a sequence, or 1.</summary>
    [JsonIgnore] public abstract int SampleLength { get; }

    /// <summary>What one unit of the loss is, for people.</summary>
    [JsonIgnore] public abstract string LossUnit { get; }

    private sealed class Converter() : KindConverter<Architecture>(typeof(ModelConfiguration), (ReluToy.Kind, typeof(ReluToy)));
}
