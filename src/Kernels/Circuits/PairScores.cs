using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Scores of pairs of heads beside their composition, float64 [S, N, N]: row = earlier head, column = later head, flat numbers; NaN if
/// undefined, and if the second is not in a later layer. And the induction summary of each later head (math.md 4.2, 5.5), [S, N]: its
/// QK circuit through the strongest previous-token head of the earlier layers, and through all of them weighted by their
/// previous-token scores (Olsson et al.).
/// </summary>
public sealed class PairScores
{
    /// <param name="model">The pack.</param>
    /// <param name="tokens">Its circuits between tokens.</param>
    /// <param name="previousToken">Previous-token score of every head [S, N], for the summaries; NaN counts as 0.</param>
    public PairScores(CircuitModel model, TokenCircuits tokens, Tensor previousToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(previousToken);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (S, N, H) = (model.Members, model.Heads.Count, model.Configuration.Heads);
        var (pairs, weights) = (new PairCircuits(model, tokens), previousToken.Exact().nan_to_num(0));
        (KeyEigenScore, KeyTrace, VirtualEigenScore) = (Undefined(S, N, N), Undefined(S, N, N), Undefined(S, N, N));
        (ThroughPrevious, Weighted, WeightedTrace) = (Undefined(S, N), Undefined(S, N), Undefined(S, N));
        for (var layer = 1; layer < model.Layers.Count; layer++)
        {
            using var inner = NewDisposeScope();
            var (from, first) = (layer * H, layer * H);
            var (key, keyNorms) = (pairs.KeyComposed(layer), pairs.KeyComposedNorms(layer));                     // [S, From, To, e, e], [S, From, To]
            var keyScores = EigenScore.Of(key, keyNorms);
            Pair(KeyEigenScore, keyScores);
            Pair(KeyTrace, key.Trace());
            Pair(VirtualEigenScore, EigenScore.Of(pairs.Virtual(layer), pairs.VirtualNorms(layer)));
            var w = weights.narrow(1, 0, from);                                                                  // [S, From]
            var strongest = w.argmax(1, keepdim: true).unsqueeze(2).expand(S, 1, H);                             // [S, 1, To]
            var weighted = (w.unsqueeze(2).unsqueeze(3).unsqueeze(4) * key).sum([1]);                            // [S, To, e, e]
            Head(ThroughPrevious, keyScores.gather(1, strongest).squeeze(1));
            Head(Weighted, EigenScore.Of(weighted, (w.unsqueeze(2) * keyNorms).sum([1])));
            Head(WeightedTrace, weighted.Trace());

            void Pair(Tensor all, Tensor values) => all.narrow(1, 0, from).narrow(2, first, H).copy_(values);

            void Head(Tensor all, Tensor values) => all.narrow(1, first, H).copy_(values);
        }

        Tensor Undefined(params long[] shape) => full(shape, double.NaN.Held(), ScalarType.Float64, model.W_E.device).MoveToOuterDisposeScope();
    }

    /// <summary>Eigen-score of the K-composed QK circuit.</summary>
    public Tensor KeyEigenScore { get; }
    /// <summary>Trace of the same circuit.</summary>
    public Tensor KeyTrace { get; }
    /// <summary>Eigen-score of the virtual head's full OV circuit.</summary>
    public Tensor VirtualEigenScore { get; }
    /// <summary>QK eigen-score of each head through the earlier head that attends most to the previous token.</summary>
    public Tensor ThroughPrevious { get; }
    /// <summary>QK eigen-score of each head's weighted sum.</summary>
    public Tensor Weighted { get; }
    /// <summary>Trace of the weighted sum; depends on the weights' scale.</summary>
    public Tensor WeightedTrace { get; }
}
