using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Losses with all path terms up to an order, by freezing (math.md 4.3): attention patterns and norms stay those of the run, and
/// in each pass a head reads what the heads before it wrote in the pass before. Pass k has all terms of order ≤ k; the last one
/// is the model.
/// </summary>
/// <param name="UniformLoss">ln V.</param>
/// <param name="LossByOrder">L_0 (direct path) to L_L (the model), nats.</param>
/// <param name="DirectPlusLayerLoss">Direct path plus the order-1 terms of one layer, per layer.</param>
public sealed record TermImportance(double UniformLoss, IReadOnlyList<double> LossByOrder, IReadOnlyList<double> DirectPlusLayerLoss)
{
    /// <summary>Marginal reductions [uniform - L_0, L_0 - L_1, …]: positive if the terms help.</summary>
    public IReadOnlyList<double> Marginal => [.. LossByOrder.Select((loss, k) => (k == 0 ? UniformLoss : LossByOrder[k - 1]) - loss)];

    /// <summary>Takes the terms of one finished pass apart.</summary>
    public static TermImportance Of(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var depth = model.Layers.Count;
        var direct = DirectStream(model, trace);                                  // L + 1 of [batch, pos, d]
        var written = new Tensor?[depth];                                         // per layer, by the pass before [batch, pos, d]
        var (losses, layers) = (new List<double> { Loss(direct[depth]) }, new List<double>());
        for (var order = 1; order <= depth; order++)
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
                var z = ForwardPass.Mix(model, model.Layers[l], read, trace.Scales[l], trace.Patterns[l]);
                now[l] = ForwardPass.Write(z, model.Layers[l]);                   // [batch, pos, d]
            }
            written = now;
            losses.Add(Loss(Sum(direct[depth], written)));
            if (order == 1)
            {
                layers.AddRange(written.Select(own => Loss(direct[depth] + own!)));
            }
        }
        return new(Math.Log(model.Configuration.Vocab), losses, layers);

        double Loss(Tensor stream)
        {
            using var inner = NewDisposeScope();
            return Unembedding.LossPerToken(model, stream, trace.Scales[^1], trace.Tokens).mean().Value();
        }
    }

    /// <summary>What the stream carries before each layer and at the end without any head: embedding, positions and the layers' biases, L + 1 of [batch, pos, d].</summary>
    internal static IReadOnlyList<Tensor> DirectStream(CircuitModel model, ForwardTrace trace)
    {
        var stream = new List<Tensor> { trace.Residuals[0] };
        foreach (var layer in model.Layers)
        {
            stream.Add(stream[^1] + layer.B_O);
        }
        return stream;
    }

    private static Tensor Sum(Tensor first, IEnumerable<Tensor?> others) => others.Aggregate(first, (sum, other) => other is null ? sum : sum + other);
}
