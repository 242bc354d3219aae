using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// The attention-only transformer of math.md 1.2, written to be read and to keep what it computes. The training pass is another
/// program; a test holds the two equal.
/// </summary>
public static class ForwardPass
{
    /// <summary>Runs every model of a pack over the same token ids [batch, pos].</summary>
    public static ForwardTrace Run(CircuitModel model, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        using var _ = no_grad();
        var x = Embed(model, tokens);                                                    // [S, batch, pos, d]
        var residuals = new List<Tensor> { x };
        var (scales, patterns, mixed) = (new List<Tensor?>(), new List<Tensor>(), new List<Tensor>());
        foreach (var layer in model.Layers)
        {
            using var scope = NewDisposeScope();
            var scale = Scale(model, x);                                                 // [S, batch, pos, 1]
            var (q, k, v) = Read(model, layer, x, scale);                                // [S, batch, head, pos, e] each
            var pattern = Pattern(model, q, k);                                          // [S, batch, head, query, key]
            var z = pattern.matmul(v);                                                   // [S, batch, head, query, e]
            x = Next(layer, x, z);                                                       // [S, batch, pos, d]
            scales.Add(scale?.MoveToOuterDisposeScope());
            patterns.Add(pattern.MoveToOuterDisposeScope());
            mixed.Add(z.MoveToOuterDisposeScope());
            residuals.Add(x.MoveToOuterDisposeScope());
        }
        scales.Add(Scale(model, x));
        return new(tokens, residuals, scales, patterns, mixed);
    }

    /// <summary>The stream before the first layer: W_E[t], and position vectors where they live in the stream. [S, batch, pos, d].</summary>
    internal static Tensor Embed(CircuitModel model, Tensor tokens)
    {
        var (batch, length) = (tokens.shape[0], tokens.shape[1]);
        var x = model.W_E.index_select(1, tokens.flatten()).view(model.Members, batch, length, model.Configuration.DModel);
        return model.Positions is { } p ? x.Plus(p.narrow(1, 0, length).Beside(x)) : x;
    }

    /// <summary>1 / sigma(x) of a read [S, ..., pos, 1], or null without layer norm.</summary>
    internal static Tensor? Scale(CircuitModel model, Tensor x) => model.Configuration.Normalization == Normalization.None
        ? null
        : x.var([-1], unbiased: false, keepdim: true).Plus(model.Configuration.NormEpsilon).rsqrt();

    internal static Tensor Scaled(Tensor x, Tensor? scale) => scale is null ? x : x * scale;

    /// <summary>Queries, keys and values of a layer that reads x [S, ..., pos, d], by one product: per head [S, ..., head, pos, e] each, smeared and rotated.</summary>
    internal static (Tensor Queries, Tensor Keys, Tensor Values) Read(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale)
    {
        using var scope = NewDisposeScope();
        var (constants, length) = (layer.Constants, x.shape[^2]);
        var read = Scaled(x, scale).Times(layer.Readers);                                // [..., pos, 3 * H * e]
        read.Add((constants.shape[1] == 1 ? constants : constants.narrow(1, 0, length)).Beside(x));
        var each = read.view([.. read.shape[..^1], 3, model.Configuration.Heads, model.Configuration.DHead]).transpose(-4, -2).movedim([-3], [0]).contiguous();
        var (q, k, v) = (each[0], each[1], each[2]);                                     // [..., head, pos, e]
        k = layer.Smear is { } share ? Smeared(k, share) : k;
        (q, k) = (Rotary.Apply(q, model.Configuration), Rotary.Apply(k, model.Configuration));
        return (q.MoveToOuterDisposeScope(), k.MoveToOuterDisposeScope(), v.MoveToOuterDisposeScope());
    }

    /// <summary>Attention from queries and keys [S, ..., head, pos, e]: [S, ..., head, query, key].</summary>
    internal static Tensor Pattern(CircuitModel model, Tensor queries, Tensor keys)
    {
        using var scope = NewDisposeScope();
        var length = queries.shape[^2];
        var score = queries.matmul(keys.T()).div_(model.Configuration.AttentionScale.Held());  // [..., head, query, key]
        var future = full([length, length], double.NegativeInfinity.Held(), score.dtype, score.device).triu(1);
        return score.Add(future).softmax(-1).MoveToOuterDisposeScope();                  // a query never sees a later key
    }

    /// <summary>Values of a layer that reads x [S, ..., pos, d], per head [S, ..., head, pos, e].</summary>
    internal static Tensor Values(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale) =>
        Split(Scaled(x, scale).Times(layer.W_V).Plus(layer.B_V.Beside(x)), model);

    /// <summary>Values mixed by attention [..., head, query, e].</summary>
    internal static Tensor Mix(CircuitModel model, CircuitLayer layer, Tensor x, Tensor? scale, Tensor pattern) =>
        pattern.matmul(Values(model, layer, x, scale));

    /// <summary>The stream after a layer that read x and mixed z [S, ..., head, pos, e]: [S, ..., pos, d].</summary>
    internal static Tensor Next(CircuitLayer layer, Tensor x, Tensor z) => Write(z, layer).Add(x).Add(layer.B_O.Beside(x));

    /// <summary>What all heads of a layer write together, without the layer's bias: [S, ..., head, pos, e] to [S, ..., pos, d].</summary>
    internal static Tensor Write(Tensor mixed, CircuitLayer layer)
    {
        var shape = mixed.shape;                                                         // [..., head, pos, e]
        return mixed.transpose(-3, -2).reshape([.. shape[..^3], shape[^2], shape[^3] * shape[^1]]).Times(layer.W_O);
    }

    /// <summary>What each head of a layer writes on its own: [S, batch, head, pos, e] to [S, batch, head, pos, d].</summary>
    internal static Tensor WriteEach(Tensor mixed, CircuitLayer layer) =>
        mixed.matmul(layer.W_O.view(layer.W_O.shape[0], 1, mixed.shape[^3], mixed.shape[^1], layer.W_O.shape[2]));

    /// <summary>Heads out of the last axis: [..., pos, H*e] to [..., head, pos, e].</summary>
    internal static Tensor Split(Tensor joined, CircuitModel model) =>
        joined.view([.. joined.shape[..^1], model.Configuration.Heads, model.Configuration.DHead]).transpose(-3, -2);

    /// <summary>k_j becomes s k_j + (1 - s) k_{j-1}; the first key stays (math.md section 6).</summary>
    private static Tensor Smeared(Tensor k, Tensor share)
    {
        var s = share.unsqueeze(2).unsqueeze(3).Beside(k);                               // [S, ..., head, 1, 1]
        var before = cat([k.narrow(-2, 0, 1), k.narrow(-2, 0, k.shape[^2] - 1)], -2);    // [..., head, key, e]
        return before.Plus(s * (k - before));
    }
}
