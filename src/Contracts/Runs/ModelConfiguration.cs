using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Runs;

/// <summary>How a model knows where a token stands (math.md 1.2).</summary>
public enum PositionKind
{
    /// <summary>No position information at all.</summary>
    None,
    /// <summary>Sinusoids added to the input of queries and keys of every layer; the residual stream and the values never see them.</summary>
    Shortformer,
    /// <summary>Trained vectors added to the residual stream once, after the embedding.</summary>
    Learned,
    /// <summary>Queries and keys rotated by an angle proportional to the position.</summary>
    Rotary,
}

/// <summary>An attention-only transformer's shape (math.md section 1). All sizes are counts.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.model-configuration")]
public sealed record ModelConfiguration : Architecture
{
    /// <summary>Number of layers L, from 0.</summary>
    [Id(0)] public required int Layers { get; init; }
    /// <summary>Heads per layer H.</summary>
    [Id(1)] public required int Heads { get; init; }
    /// <summary>Width d of the residual stream.</summary>
    [Id(2), JsonPropertyName("d_model")] public required int DModel { get; init; }
    /// <summary>Width of a head's queries, keys and values; by default <see cref="DModel"/> / <see cref="Heads"/>.</summary>
    [Id(3), JsonPropertyName("d_head")] public required int DHead { get; init; }
    /// <summary>Longest sequence T, BOS included; training sequences have this length.</summary>
    [Id(4), JsonPropertyName("n_ctx")] public required int NCtx { get; init; }
    /// <summary>Where positions enter.</summary>
    [Id(5)] public PositionKind Positions { get; init; } = PositionKind.Shortformer;
    /// <summary>Factor on the sinusoids of <see cref="PositionKind.Shortformer"/>; standard deviation of learned vectors at the start.</summary>
    [Id(6)] public double PositionScale { get; init; } = 1.0;
    /// <summary>Layer norm on every read from the residual stream.</summary>
    [Id(7)] public bool LayerNorm { get; init; }
    /// <summary>Keys mixed with the key before them by a trained weight per head (math.md section 6).</summary>
    [Id(8)] public bool SmearedKeys { get; init; }

    /// <inheritdoc/>
    [JsonIgnore] public override int HeadsPerLayer => Heads;
    /// <inheritdoc/>
    [JsonIgnore] public override int HeadCount => Layers * Heads;
    /// <inheritdoc/>
    [JsonIgnore] public override int SampleLength => NCtx;
    /// <inheritdoc/>
    [JsonIgnore] public override string LossUnit => "nats per held-out token";
}
