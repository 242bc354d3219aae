using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Metrics;

/// <summary>A family of metrics that a sweep can ask for (<c>measure:</c> in the sweep file). Loss is always measured.</summary>
public enum Measure
{
    /// <summary>Attention scores and eigen-scores of every head.</summary>
    Heads,
    /// <summary>Q-, K- and V-composition and virtual-head scores of every pair of heads in different layers.</summary>
    Composition,
    /// <summary>Losses by path order with frozen attention patterns.</summary>
    Terms,
    /// <summary>Losses with one head zeroed, patterns recomputed or kept.</summary>
    Ablations,
    /// <summary>Loss by context index and the in-context-learning score.</summary>
    [JsonStringEnumMemberName("in-context-learning")]
    InContextLearning,
    /// <summary>How features share dimensions (math.md section 7): of a toy model's W; of a transformer's W_E, W_U and head subspaces.</summary>
    Superposition,
    /// <summary>Loss of one fixed random token of each of 512 held-out sequences: the coordinates of a model in loss space (math.md 5.8).</summary>
    [JsonStringEnumMemberName("token-losses")]
    TokenLosses,
}
