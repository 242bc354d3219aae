using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The attention-only transformer of math.md 1.2, written to be read and to keep what it computes. The training pass is another
/// program; a test holds the two equal.
/// </summary>
public static class ForwardPass
{
    /// <summary>Runs the model over token ids [batch, pos].</summary>
    public static ForwardTrace Run(CircuitModel model, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        using var _ = no_grad();
        var x = Embed(model, tokens);                                                    // [batch, pos, d]
        var residuals = new List<Tensor> { x };
        var (scales, patterns, mixed) = (new List<Tensor?>(), new List<Tensor>(), new List<Tensor>());
        foreach (var layer in model.Layers)
        {
            using var scope = NewDisposeScope();
            var scale = Scale(model, x);                                                 // [batch, pos, 1]
            var pattern = Pattern(model, layer, x, scale);                               // [batch, head, query, key]
            var z = Mix(model, layer, x, scale, pattern);                                // [batch, head, query, e]
            x = x + Write(z, layer) + layer.B_O;                                         // [batch, pos, d]
            scales.Add(scale?.MoveToOuterDisposeScope());
            patterns.Add(pattern.MoveToOuterDisposeScope());
            mixed.Add(z.MoveToOuterDisposeScope());
            residuals.Add(x.MoveToOuterDisposeScope());
        }
        scales.Add(Scale(model, x));
        return new(tokens, residuals, scales, patterns, mixed);
    }

    /// <summary>The stream before the first layer: W_E[t], and position vectors where they live in the stream. [batch, pos, d].</summary>
    internal static Tensor Embed(CircuitModel model, Tensor tokens)
    {
        var (batch, length) = (tokens.shape[0], tokens.shape[1]);
        var x = model.W_E.index_select(0, tokens.flatten()).view(batch, length, model.Configuration.DModel);
        return model.Positions is { } p ? x + p.narrow(0, 0, length) : x;
    }

    /// <summary>1 / sigma(x) of a read [..., pos, 1], or null without layer norm.</summary>
    internal static Tensor? Scale(CircuitModel model, Tensor x) => model.Configuration.Normalization == Normalization.None
        ? null
        : (x.var([-1], unbiased: false, keepdim: true) + model.Configuration.NormEpsilon).rsqrt();

    internal static Tensor Scaled(Tensor x, Tensor? scale) => scale is null ? x : x * scale;

    /// <summary>Attention of a layer that reads x [..., pos, d], per head [..., head, query, key].</summary>
    internal static Tensor Pattern(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale)
    {
        var (read, length) = (Scaled(x, scale), x.shape[^2]);
        var q = Split(read.matmul(layer.W_Q) + Constant(layer.B_Q), model);              // [..., head, query, e]
        var k = Split(read.matmul(layer.W_K) + Constant(layer.B_K), model);              // [..., head, key, e]
        k = layer.Smear is { } share ? Smeared(k, share) : k;
        (q, k) = (Rotary.Apply(q, model.Configuration), Rotary.Apply(k, model.Configuration));
        var score = q.matmul(k.transpose(-2, -1)) / model.Configuration.AttentionScale;  // [..., head, query, key]
        var future = full([length, length], double.NegativeInfinity, dtype: x.dtype).triu(1);
        return score.add_(future).softmax(-1);                                           // a query never sees a later key

        Tensor Constant(Tensor b) => b.shape[0] == 1 ? b : b.narrow(0, 0, length);
    }

    /// <summary>Values of a layer that reads x [..., pos, d], per head [..., head, pos, e].</summary>
    internal static Tensor Values(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale) =>
        Split(Scaled(x, scale).matmul(layer.W_V) + layer.B_V, model);

    /// <summary>Values mixed by attention [..., head, query, e].</summary>
    internal static Tensor Mix(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale, Tensor pattern) =>
        pattern.matmul(Values(model, layer, x, scale));

    /// <summary>What all heads of a layer write together, without the layer's bias: [..., head, pos, e] to [..., pos, d].</summary>
    internal static Tensor Write(Tensor mixed, CircuitLayer layer)
    {
        var shape = mixed.shape;                                                         // [..., head, pos, e]
        return mixed.transpose(-3, -2).reshape([.. shape[..^3], shape[^2], shape[^3] * shape[^1]]).matmul(layer.W_O);
    }

    /// <summary>What each head of a layer writes on its own: [..., head, pos, e] to [..., head, pos, d].</summary>
    internal static Tensor WriteEach(Tensor mixed, CircuitLayer layer) =>
        mixed.matmul(layer.W_O.view(mixed.shape[^3], mixed.shape[^1], layer.W_O.shape[1]));

    /// <summary>Heads out of the last axis: [..., pos, H*e] to [..., head, pos, e].</summary>
    internal static Tensor Split(Tensor joined, CircuitModel model) =>
        joined.view([.. joined.shape[..^1], model.Configuration.Heads, model.Configuration.DHead]).transpose(-3, -2);

    /// <summary>k_j becomes s k_j + (1 - s) k_{j-1}; the first key stays (math.md section 6).</summary>
    private static Tensor Smeared(Tensor k, Tensor share)
    {
        var s = share.view(-1, 1, 1);                                                    // [head, 1, 1]
        var before = cat([k.narrow(-2, 0, 1), k.narrow(-2, 0, k.shape[^2] - 1)], -2);    // [..., head, key, e]
        return s * k + (1 - s) * before;
    }
}
