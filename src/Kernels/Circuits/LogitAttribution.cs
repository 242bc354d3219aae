using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Direct logit attribution: what each head's output adds to the logit of the correct next token, past any later head
/// (math.md 4.2). Norms stay those of the run; a head's value bias is its own.
/// </summary>
public static class LogitAttribution
{
    /// <summary>Directions in the stream that raise the correct next token, [S, batch, pos, d]; zero at the last position, which has none.</summary>
    /// <param name="model">The pack.</param>
    /// <param name="trace">A finished pass.</param>
    /// <param name="centered">Subtracts the mean over the vocabulary, so that a constant added to all logits changes nothing.</param>
    public static Tensor TargetDirections(CircuitModel model, ForwardTrace trace, bool centered = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        var (S, batch, length, d) = (model.Members, trace.Batch, trace.Length, model.Configuration.DModel);
        var unembed = model.W_U.index_select(2, trace.Tokens.narrow(1, 1, length - 1).flatten());       // [S, d, batch * (pos - 1)]
        unembed = centered ? unembed - model.W_U.mean([2], keepdim: true) : unembed;
        var u = ForwardPass.Scaled(unembed.T().view(S, batch, length - 1, d), trace.Scales[^1]?.narrow(2, 0, length - 1));
        return cat([u, zeros([S, batch, 1, d], u.dtype, u.device)], 2);
    }

    /// <summary>The same directions as a layer's heads see them before W_O: [S, batch, pos, d] to [S, batch, head, pos, e].</summary>
    internal static Tensor AtHeads(CircuitModel model, CircuitLayer layer, Tensor directions) =>
        ForwardPass.Split(directions.Times(layer.W_O.T()), model);

    /// <summary>Contribution of every head of every layer to the correct next token, L of [S, batch, head, pos].</summary>
    public static IReadOnlyList<Tensor> EachHead(CircuitModel model, ForwardTrace trace, bool centered = false)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        var u = TargetDirections(model, trace, centered);
        return [.. trace.Mixed.Select((z, l) => (z * AtHeads(model, model.Layers[l], u)).sum(-1))];
    }

    /// <summary>
    /// Mean contribution of every head over the queries chosen by a 0/1 mask [batch, query] (the last position never counts), in
    /// flat order [S, batch, N]; NaN if none is chosen.
    /// </summary>
    public static PerSequence Mean(CircuitModel model, ForwardTrace trace, Tensor queries, bool centered = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(queries);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (trace.Length < 2)
        {
            return new(full([model.Members, trace.Batch, model.Heads.Count], double.NaN.Held(), trace.Final.dtype, trace.Final.device).MoveToOuterDisposeScope());
        }
        var none = zeros([model.Members, trace.Batch, 0], trace.Final.dtype, trace.Final.device);
        var sums = cat([none, .. EachHead(model, trace, centered).Select(each => (each * queries.unsqueeze(1)).sum(-1))], -1);
        return new(sums.MoveToOuterDisposeScope(), queries.narrow(1, 0, trace.Length - 1).sum(1).MoveToOuterDisposeScope());
    }
}
