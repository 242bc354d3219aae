using TorchSharp;

namespace Orchestrator.Kernels.Model;

/// <summary>
/// The weights of a pack of attention-only transformers of one shape. Every tensor has the pack as its first axis, S = number
/// of models (a single model is a pack of one). Row-vector convention as in TransformerLens: q = x W_Q. A null means the model
/// does not have that part. d = d_model, H = heads, e = d_head, V = vocabulary, T = context.
/// </summary>
/// <param name="W_E">Token embedding [S, V, d].</param>
/// <param name="W_pos">Position vectors [S, T, d]; trained or read from a file. Null where sinusoids are computed, positions are rotary or absent.</param>
/// <param name="Layers">The layers in order.</param>
/// <param name="FinalNorm">Layer norm before the unembedding.</param>
/// <param name="W_U">Unembedding [S, d, V].</param>
/// <param name="B_U">Unembedding bias [S, V].</param>
public sealed record ModelWeights(
    torch.Tensor W_E, torch.Tensor? W_pos, IReadOnlyList<LayerWeights> Layers, NormWeights? FinalNorm, torch.Tensor W_U, torch.Tensor? B_U);

/// <summary>One attention layer. Heads are stacked along the last axis of the readers: head h owns columns h*e .. (h+1)*e.</summary>
/// <param name="W_Q">[S, d, H*e].</param>
/// <param name="W_K">[S, d, H*e].</param>
/// <param name="W_V">[S, d, H*e].</param>
/// <param name="W_O">[S, H*e, d].</param>
/// <param name="B_Q">[S, H*e].</param>
/// <param name="B_K">[S, H*e].</param>
/// <param name="B_V">[S, H*e].</param>
/// <param name="B_O">[S, d].</param>
/// <param name="Norm">Layer norm before the readers.</param>
/// <param name="SmearAlpha">Smeared keys: one trained weight per head, before the sigmoid [S, H].</param>
public sealed record LayerWeights(
    torch.Tensor W_Q, torch.Tensor W_K, torch.Tensor W_V, torch.Tensor W_O,
    torch.Tensor? B_Q, torch.Tensor? B_K, torch.Tensor? B_V, torch.Tensor? B_O,
    NormWeights? Norm, torch.Tensor? SmearAlpha);

/// <summary>Gain and offset of a layer norm, each [S, d].</summary>
public sealed record NormWeights(torch.Tensor Gain, torch.Tensor Offset);
