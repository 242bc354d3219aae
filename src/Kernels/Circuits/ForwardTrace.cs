using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Everything that a forward pass computed and that a decomposition needs. Belongs to the dispose scope it was made in.</summary>
/// <param name="Tokens">Token ids [batch, pos], the same for every model.</param>
/// <param name="Residuals">The stream before each layer and at the end, L + 1 of [S, batch, pos, d].</param>
/// <param name="Scales">1 / sigma of each read, one per layer and one for the unembedding, [S, batch, pos, 1]; all null without layer norm.</param>
/// <param name="Patterns">Attention per layer [S, batch, head, query, key]; rows sum to 1.</param>
/// <param name="Mixed">Values mixed by attention, before W_O, per layer [S, batch, head, query, e].</param>
public sealed record ForwardTrace(
    Tensor Tokens, IReadOnlyList<Tensor> Residuals, IReadOnlyList<Tensor?> Scales, IReadOnlyList<Tensor> Patterns, IReadOnlyList<Tensor> Mixed)
{
    /// <summary>Sequences in the batch.</summary>
    public int Batch => (int)Tokens.shape[0];
    /// <summary>Positions in each sequence.</summary>
    public int Length => (int)Tokens.shape[1];
    /// <summary>The stream after the last layer [S, batch, pos, d].</summary>
    public Tensor Final => Residuals[^1];
}
