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
        var (depth, clean) = (model.Layers.Count, losses.mean([-1]));
        var direct = DirectStream(model, trace);                                  // L + 1 of [S, batch, pos, d]
        var written = new Tensor?[depth];                                         // per layer, by the pass before [S, batch, pos, d]
        var (byOrder, layers) = (new List<Tensor>(), new List<Tensor>());
        if (depth == 1)
        {
            layers.Add(clean);                                                    // its heads and the direct path are the model
        }
        for (var order = 0; order < depth; order++)
        {
            if (order > 0)
            {
                written = Pass(order);
            }
            if (order == 1)
            {
                layers.AddRange(written.Select(own => Loss(direct[depth].Plus(own!))));
            }
            byOrder.Add(Loss(Sum(direct[depth], written)));
        }
        byOrder.Add(clean);
        var none = zeros([model.Members, trace.Batch, 0], losses.dtype, losses.device);
        return new(new(stack(byOrder, -1).MoveToOuterDisposeScope()), new((layers.Count == 0 ? none : stack(layers, -1)).MoveToOuterDisposeScope()));

        // What each layer writes when it reads the terms of lower order.
        Tensor?[] Pass(int order)
        {
            var now = new Tensor?[depth];
            for (var l = 0; l < depth; l++)
            {
                if (l < order - 1)
                {
                    now[l] = written[l];                                          // no path to it is longer
                    continue;
                }
                if (l == 0)
                {
                    now[l] = trace.Residuals[1] - direct[1];                      // what the run had: only the direct stream is before it
                    continue;
                }
                var read = Sum(direct[l], written.Take(l));                       // terms of order < k in the stream before layer l
                now[l] = ForwardPass.Write(ForwardPass.Mix(model, model.Layers[l], read, trace.Scales[l], trace.Patterns[l]), model.Layers[l]);    // [S, batch, pos, d]
            }
            return now;
        }

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
