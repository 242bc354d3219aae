using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One path through the model: the heads in order of their layers, none for the direct path.</summary>
/// <param name="Heads">(layer, head), layers strictly increasing.</param>
/// <param name="CorrectLogit">Mean over sequences and positions of what the path adds to the logit of the correct next token; NaN if there is no next token.</param>
public sealed record PathTerm(IReadOnlyList<(int Layer, int Head)> Heads, double CorrectLogit);

/// <summary>
/// The (1 + H)^L terms whose sum is the logits (math.md 2.3), with patterns and norms frozen. A value bias belongs to its head,
/// a layer's b_O to the direct stream that later heads carry on, b_U to the direct path (2.6). Nothing of size V × V is built.
/// </summary>
public static class PathExpansion
{
    /// <summary>Number of terms, (1 + H)^L.</summary>
    public static double Count(CircuitConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Math.Pow(1 + configuration.Heads, configuration.Layers);
    }

    /// <summary>Logits [S, batch, pos, V] that one path contributes: A y W_OV, head after head, then the unembedding.</summary>
    public static Tensor Logits(CircuitModel model, ForwardTrace trace, IReadOnlyList<(int Layer, int Head)> path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(path);
        using var _ = no_grad();
        var direct = TermImportance.DirectStream(model, trace);
        var y = direct[path.Count == 0 ? ^1 : path[0].Layer];                                   // [S, batch, pos, d]
        for (var step = 0; step < path.Count; step++)
        {
            var (l, h) = path[step];
            var (layer, first, e) = (model.Layers[l], (long)h * model.Configuration.DHead, model.Configuration.DHead);
            var v = ForwardPass.Scaled(y, trace.Scales[l]).Times(layer.W_V.narrow(2, first, e));
            v = step == 0 ? v.Plus(layer.B_V.narrow(1, first, e).Beside(v)) : v;                     // [S, batch, key, e]
            y = trace.Patterns[l].select(2, h).matmul(v).Times(layer.W_O.narrow(1, first, e));
        }
        var logits = ForwardPass.Scaled(y, trace.Scales[^1]).Times(model.W_U);                  // [S, batch, pos, vocab]
        return path.Count == 0 ? logits.Plus(model.B_U.Beside(logits)) : logits;
    }

    /// <summary>
    /// Of one model, the mean contribution of every path to the correct next token, by order and then in order of heads. Only paths of at
    /// most <paramref name="longest"/> heads.
    /// </summary>
    public static IReadOnlyList<PathTerm> CorrectLogits(CircuitModel model, ForwardTrace trace, int longest = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var walk = new PathWalk(model, trace, longest);
        return [.. walk.Terms().OrderBy(term => term.Heads.Count)];                             // stable: heads stay in order
    }
}
