using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Runs;

/// <summary>
/// The toy model of superposition (math.md section 7; Elhage et al. 2022): x' = ReLU(W^T W x + b) for a feature vector x, trained
/// to give x back through fewer dimensions than there are features. The loss is sum_k I_k (x_k - x'_k)^2, mean over samples.
/// </summary>
[GenerateSerializer, Immutable, Alias("orchestrator.relu-toy")]
public sealed record ReluToy : Architecture
{
    /// <summary>Its name where kinds are told apart.</summary>
    public const string Kind = "relu-toy";

    /// <summary>Features n: components of x.</summary>
    [Id(0)] public required int Features { get; init; }
    /// <summary>Hidden dimensions m: W is [m, n].</summary>
    [Id(1)] public required int Hidden { get; init; }
    /// <summary>Whether the output passes a ReLU; without it the model is the linear baseline.</summary>
    [Id(2)] public bool Relu { get; init; } = true;
    /// <summary>Base of the importances I_k = Importance^k, k from 0; 1 weighs all features alike.</summary>
    [Id(3)] public double Importance { get; init; } = 1.0;

    /// <inheritdoc/>
    [JsonIgnore] public override int HeadsPerLayer => 0;
    /// <inheritdoc/>
    [JsonIgnore] public override int HeadCount => 0;
    /// <inheritdoc/>
    [JsonIgnore] public override int SampleLength => 1;
    /// <inheritdoc/>
    [JsonIgnore] public override string LossUnit => "weighted squared error per held-out sample";
}
