using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Losses with all path terms up to an order, by freezing (math.md 4.3): attention patterns and norms stay those of the run, and
/// in each pass a head reads what the heads before it wrote in the pass before. Pass k has all terms of order ≤ k; the last one
/// is the model, whose losses are at hand.
/// </summary>
/// <param name="ByOrder">L_0 (direct path) to L_L (the model), nats, [S, batch, L + 1].</param>
/// <param name="DirectPlusLayer">Direct path plus the order-1 terms of one layer, per layer, [S, batch, L].</param>
public sealed record TermImportance(PerSequence ByOrder, PerSequence DirectPlusLayer)
{
    /// <summary>Takes the terms of one finished pass apart.</summary>
    /// <param name="model">The pack.</param>
    /// <param name="trace">The pass.</param>
    /// <param name="losses">Its losses [S, batch, pos - 1].</param>
    public static TermImportance Of(CircuitModel model, ForwardTrace trace, Tensor losses)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var depth = model.Layers.Count;
        var direct = DirectStream(model, trace);                                  // L + 1 of [S, batch, pos, d]
        var written = new Tensor?[depth];                                         // per layer, by the pass before [S, batch, pos, d]
        var byOrder = new List<Tensor> { depth == 0 ? losses.mean([-1]) : Loss(direct[depth]) };
        var layers = new List<Tensor>();
        for (var order = 1; order <= Math.Max(1, depth - 1) && depth > 0; order++)
        {
            var now = new Tensor?[depth];
            for (var l = 0; l < depth; l++)
            {
                if (l < order - 1)
                {
                    now[l] = written[l];                                          // no path to it is longer
                    continue;
                }
                var read = Sum(direct[l], written.Take(l));                       // terms of order < k in the stream before layer l
                var z = l == 0 ? trace.Mixed[0] : ForwardPass.Mix(model, model.Layers[l], read, trace.Scales[l], trace.Patterns[l]);
                now[l] = ForwardPass.Write(z, model.Layers[l]);                   // [S, batch, pos, d]
            }
            written = now;
            if (order == 1)
            {
                layers.AddRange(written.Select(own => depth == 1 ? losses.mean([-1]) : Loss(direct[depth].Plus(own!))));
            }
            if (order < depth)
            {
                byOrder.Add(Loss(Sum(direct[depth], written)));
            }
        }
        if (depth > 0)
        {
            byOrder.Add(losses.mean([-1]));
        }
        var none = zeros([model.Members, trace.Batch, 0], losses.dtype, losses.device);
        return new(new(stack(byOrder, -1).MoveToOuterDisposeScope()), new((layers.Count == 0 ? none : stack(layers, -1)).MoveToOuterDisposeScope()));

        Tensor Loss(Tensor stream)
        {
            using var inner = NewDisposeScope();
            return Unembedding.LossPerToken(model, stream, trace.Scales[^1], trace.Tokens).mean([-1]).MoveToOuterDisposeScope();
        }
    }

    /// <summary>What the stream carries before each layer and at the end without any head: embedding, positions and the layers' biases, L + 1 of [S, batch, pos, d].</summary>
    internal static IReadOnlyList<Tensor> DirectStream(CircuitModel model, ForwardTrace trace)
    {
        var stream = new List<Tensor> { trace.Residuals[0] };
        foreach (var layer in model.Layers)
        {
            stream.Add(stream[^1].Plus(layer.B_O.Beside(stream[^1])));
        }
        return stream;
    }

    private static Tensor Sum(Tensor first, IEnumerable<Tensor?> others) => others.Aggregate(first, (sum, other) => other is null ? sum : sum.Plus(other));
}
