using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>What models do on sequences: each metric by sequence, so that its mean and the error of that mean follow (math.md 5, 8.3).</summary>
internal static class SequenceMeasures
{
    /// <summary>On one part of the held-out sequences.</summary>
    /// <param name="model">The pack.</param>
    /// <param name="tokens">Token ids [batch, pos].</param>
    /// <param name="columns">Where to.</param>
    public static void HeldOut(CircuitModel model, Tensor tokens, MeasuredPart columns)
    {
        var trace = ForwardPass.Run(model, tokens);
        var losses = Unembedding.LossPerToken(model, trace);                                        // [S, batch, pos - 1]
        var (loss, icl) = (losses.mean([-1]), InContextLearning.Score(losses));                     // [S, batch]
        columns.Add("run", "loss", () => One(loss));
        columns.Add("run", "icl_score", () => One(icl));
        columns.Add("run", "icl_window", () => One(InContextLearning.Window(losses)));
        columns.Add("index_losses", "loss", () => new(losses));

        columns.Add("heads", "previous_token", () => PatternScores.PreviousToken(trace), needed: columns.Want("pairs", "k"));
        columns.Add("heads", "duplicate_token", () => PatternScores.DuplicateToken(trace, TokenMatches.Of(tokens, trace.Final.dtype)));
        columns.Add("heads", "bos_attention", () => PatternScores.FirstToken(trace));
        columns.Add("heads", "entropy", () => PatternScores.Entropy(trace));

        if (columns.Want("heads", "ablation_loss_delta") && trace.Length > 1)
        {
            var ablated = Ablation.EachHead(model, trace);                                          // [S, N, batch, pos - 1] each
            columns.Add("heads", "ablation_loss_delta", () => Delta(ablated.Full.mean([-1]), loss));
            columns.Add("heads", "ablation_loss_frozen_delta", () => Delta(ablated.Frozen.mean([-1]), loss));
            columns.Add("heads", "ablation_icl_delta", () => Delta(InContextLearning.Score(ablated.Full), icl));
            columns.Add("heads", "ablation_icl_frozen_delta", () => Delta(InContextLearning.Score(ablated.Frozen), icl));
        }
        if (columns.Want("terms", "loss") && trace.Length > 1)
        {
            var terms = TermImportance.Of(model, trace, losses);
            columns.Add("terms", "loss", () => terms.ByOrder);
            columns.Add("layer_terms", "direct_plus_layer_loss", () => terms.DirectPlusLayer);
        }
    }

    /// <summary>On the prefix-matching batch, over queries whose token occurred before.</summary>
    public static void Prefix(CircuitModel model, Tensor tokens, MeasuredPart columns)
    {
        var (trace, matches) = (ForwardPass.Run(model, tokens), TokenMatches.Of(tokens, model.W_E.dtype));
        columns.Add("run", "prefix_loss", () =>
        {
            var queries = matches.Repeats.narrow(1, 0, trace.Length - 1);                           // [batch, pos - 1]
            return new((Unembedding.LossPerToken(model, trace) * queries).sum(-1).unsqueeze(-1), queries.sum(1));       // no query: NaN
        });
        columns.Add("heads", "prefix_matching", () => PatternScores.PrefixMatching(trace, matches));
        columns.Add("heads", "logit_attribution", () => LogitAttribution.Mean(model, trace, matches.Repeats, centered: true));
    }

    private static PerSequence One(Tensor values) => new(values.unsqueeze(-1));

    /// <summary>Ablated [S, N, batch] minus clean [S, batch].</summary>
    private static PerSequence Delta(Tensor ablated, Tensor clean) => new((ablated - clean.unsqueeze(1)).transpose(1, 2));
}
