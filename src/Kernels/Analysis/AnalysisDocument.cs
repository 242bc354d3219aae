using System.Text.Json.Serialization;
using Orchestrator.Kernels.Weights;

namespace Orchestrator.Kernels.Analysis;

/// <summary>Everything that <c>analyze</c> says about one model; written with the project's JSON dialect it is the document of <c>--json</c>. Undefined numbers are null.</summary>
/// <param name="Config">The model's configuration as it was understood.</param>
/// <param name="Batches">What the model does on each batch of tokens.</param>
/// <param name="Heads">What weights say of each head, layer-major.</param>
/// <param name="Pairs">What weights say of each pair of heads in different layers, earlier head first.</param>
/// <param name="Trigrams">If asked for: the skip-trigrams of each head, layer-major.</param>
public sealed record AnalysisDocument(
    TransformerLensConfiguration Config, IReadOnlyDictionary<string, BatchAnalysis> Batches, IReadOnlyList<HeadAnalysis> Heads, IReadOnlyList<PairAnalysis> Pairs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<HeadTrigrams>? Trigrams);

/// <summary>One batch of sequences.</summary>
/// <param name="Loss">Mean loss of the next token, nats.</param>
/// <param name="LossPerToken">Entry [b][i] is the loss of token i + 1 of sequence b.</param>
/// <param name="Logits">Checksums of all logits.</param>
/// <param name="Heads">What each head does here, layer-major.</param>
/// <param name="Terms">Losses by path order.</param>
/// <param name="Paths">What each path adds to the logit of the correct next token.</param>
/// <param name="PathsOrder">If there are more than 10,000 paths: the longest that are listed.</param>
public sealed record BatchAnalysis(
    double? Loss, IReadOnlyList<IReadOnlyList<double>> LossPerToken, LogitSums Logits, IReadOnlyList<HeadOnBatch> Heads, TermAnalysis Terms, IReadOnlyList<PathAnalysis> Paths,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PathsOrder)
{
    /// <summary>The attention scores of the heads that were asked for, as sums of terms; null if none was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<ScoreTerms>? Scores { get; init; }
}

/// <summary>Sum, sum of absolute values and sum of squares of all logits of a batch.</summary>
public sealed record LogitSums(double Sum, double AbsSum, double SumSq);

/// <summary>A head's attention on a batch and what its absence does. Scores pool all qualifying (sequence, query) pairs (math.md 5); losses in nats.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head, from 0.</param>
/// <param name="PrefixMatching">Attention to what followed earlier copies of the query's token.</param>
/// <param name="PreviousToken">Attention to the token before.</param>
/// <param name="DuplicateToken">Attention to earlier copies.</param>
/// <param name="BosAttention">Attention to the first position.</param>
/// <param name="Entropy">Entropy of attention, nats.</param>
/// <param name="TransformerLens">The scores of that library's head detector.</param>
/// <param name="AblationLoss">Loss with the head zeroed, patterns recomputed.</param>
/// <param name="AblationLossFrozen">Loss with the head zeroed, patterns and norms kept.</param>
public sealed record HeadOnBatch(
    int Layer, int Head, double? PrefixMatching, double? PreviousToken, double? DuplicateToken, double? BosAttention, double? Entropy,
    DetectorScores TransformerLens, double? AblationLoss, double? AblationLossFrozen);

/// <summary>TransformerLens' <c>head_detector</c> with <c>error_measure="mul"</c>, averaged over sequences.</summary>
public sealed record DetectorScores(double? InductionHead, double? PreviousTokenHead, double? DuplicateTokenHead);

/// <summary>Losses by path order with frozen patterns (math.md 4.3), nats.</summary>
/// <param name="UniformLoss">ln V.</param>
/// <param name="LossByOrder">L_0, L_1, …, L_L.</param>
/// <param name="FullLoss">The model's loss.</param>
/// <param name="Marginal">[uniform - L_0, L_0 - L_1, …]; positive if terms help.</param>
/// <param name="DirectPlusLayerLoss">Direct path plus the order-1 terms of one layer, per layer.</param>
public sealed record TermAnalysis(
    double UniformLoss, IReadOnlyList<double?> LossByOrder, double? FullLoss, IReadOnlyList<double?> Marginal, IReadOnlyList<double?> DirectPlusLayerLoss);

/// <summary>One path.</summary>
/// <param name="Path">Heads <c>l.h</c> in order; empty for the direct path.</param>
/// <param name="CorrectLogit">Mean over sequences and positions of its contribution to the logit of the correct next token, raw.</param>
public sealed record PathAnalysis(IReadOnlyList<string> Path, double? CorrectLogit);

/// <summary>A head from its weights (math.md 3): eigen-scores of the circuits between tokens, sizes of the d_model × d_model circuits, copying.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head, from 0.</param>
/// <param name="OvCopying">OV eigen-score.</param>
/// <param name="OvCopyingCentered">The same on the unembedding minus its mean over the vocabulary.</param>
/// <param name="OvCopyingZ">The raw score over the standard deviation of random heads.</param>
/// <param name="OvTrace">Trace of the full OV circuit.</param>
/// <param name="QkMatching">QK eigen-score.</param>
/// <param name="OvNorm">Frobenius norm of W_OV.</param>
/// <param name="QkNorm">Frobenius norm of W_QK.</param>
/// <param name="OvSingularValues">Of W_OV, descending.</param>
/// <param name="Copying">The copying score of Olsson et al.</param>
public sealed record HeadAnalysis(
    int Layer, int Head, double? OvCopying, double? OvCopyingCentered, double? OvCopyingZ, double? OvTrace, double? QkMatching, double? OvNorm, double? QkNorm,
    IReadOnlyList<double> OvSingularValues, double? Copying);

/// <summary>A pair of heads from their weights (math.md 4): composition raw, over its null, in standard deviations, and the joint circuits' scores.</summary>
/// <param name="From">The earlier head, <c>l.h</c>.</param>
/// <param name="To">The later head.</param>
/// <param name="Q">Q-composition.</param>
/// <param name="K">K-composition.</param>
/// <param name="V">V-composition.</param>
/// <param name="QExcess">Q-composition minus 1/sqrt(d_model).</param>
/// <param name="KExcess">K-composition minus 1/sqrt(d_model).</param>
/// <param name="VExcess">V-composition minus 1/sqrt(d_model).</param>
/// <param name="QZ">Q-composition in standard deviations under random relative rotations.</param>
/// <param name="KZ">K-composition alike.</param>
/// <param name="VZ">V-composition alike.</param>
/// <param name="QkEigenScore">Eigen-score of the K-composed QK circuit.</param>
/// <param name="QkTrace">Its trace.</param>
/// <param name="OvEigenScore">Eigen-score of the virtual head's full OV circuit.</param>
public sealed record PairAnalysis(
    string From, string To, double? Q, double? K, double? V, double? QExcess, double? KExcess, double? VExcess, [property: JsonPropertyName("q_z")] double? QZ, [property: JsonPropertyName("k_z")] double? KZ, [property: JsonPropertyName("v_z")] double? VZ,
    double? QkEigenScore, double? QkTrace, double? OvEigenScore);
