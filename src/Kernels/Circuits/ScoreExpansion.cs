using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// A head's attention scores as a sum over pairs of residual components, one read by the query and one by the key (math.md 2.4):
/// the embedding, what each earlier head wrote, positions, and biases if there are any. Norms are frozen.
/// </summary>
/// <param name="Components">Names: <c>embedding</c>, <c>l.h</c> of every earlier head, <c>position</c>, <c>output_bias</c> (b_O of earlier layers), <c>bias</c>.</param>
/// <param name="Queries">Queries per component [component, batch, pos, e], rotated where positions are rotary.</param>
/// <param name="Keys">Keys per component [component, batch, pos, e], smeared and rotated like the model's.</param>
/// <param name="Scale">What scores are divided by.</param>
public sealed record ScoreExpansion(IReadOnlyList<string> Components, Tensor Queries, Tensor Keys, double Scale)
{
    /// <summary>Expands the scores of one head of one model over a finished pass.</summary>
    public static ScoreExpansion Of(CircuitModel model, ForwardTrace trace, int layer, int head)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (own, e, scale) = (model.Alone().Layers[layer], model.Configuration.DHead, trace.Scales[layer]);
        var (queries, keys) = (Columns(own.W_Q), Columns(own.W_K));                                     // [1, d, e]
        var (names, parts) = Stream(model, trace, layer);
        var q = parts.Select(part => ForwardPass.Scaled(part, scale).Times(queries)[0]).ToList();       // [batch, pos, e]
        var k = parts.Select(part => ForwardPass.Scaled(part, scale).Times(keys)[0]).ToList();
        AddConstants();
        return new(names, Placed(stack(q), null).MoveToOuterDisposeScope(), Placed(stack(k), own.Smear?[0][head]).MoveToOuterDisposeScope(), model.Configuration.AttentionScale);

        Tensor Columns(Tensor stacked) => stacked.narrow(-1, (long)head * e, e);

        // What enters queries and keys regardless of the stream: positions (and biases with them) where they enter there, else biases.
        void AddConstants()
        {
            var (bq, bk) = (Columns(own.B_Q)[0], Columns(own.B_K)[0]);                                  // [1 or T, e]
            if (bq.count_nonzero().item<long>() + bk.count_nonzero().item<long>() > 0)
            {
                names.Add(model.Configuration.Positions == PositionKind.Shortformer ? "position" : "bias");
                q.Add(Everywhere(bq));
                k.Add(Everywhere(bk));
            }
        }

        Tensor Everywhere(Tensor constant) =>
            (constant.shape[0] == 1 ? constant : constant.narrow(0, 0, trace.Length)).expand(trace.Batch, trace.Length, e);

        Tensor Placed(Tensor part, Tensor? share)
        {
            if (share is not null)
            {
                var before = cat([part.narrow(-2, 0, 1), part.narrow(-2, 0, trace.Length - 1)], -2);
                part = before.Plus(share * (part - before));
            }
            return Rotary.Apply(part, model.Configuration);
        }
    }

    /// <summary>One term at every query and key: what the query reads of one component against what the key reads of another [batch, query, key].</summary>
    public Tensor Term(int query, int key)
    {
        using var _ = no_grad();
        return Queries[query].matmul(Keys[key].T()) / Scale.Held();
    }

    /// <summary>Mean and variance of each term over all (sequence, query, key ≤ query): its spread says whether it shapes the pattern.</summary>
    public ScoreMoments Moments()
    {
        using var scope = NewDisposeScope();
        var (n, length) = (Components.Count, Queries.shape[2]);
        var seen = ones([length, length], Queries.dtype, Queries.device).tril();
        var count = Queries.shape[1] * length * (length + 1) / 2.0;
        var (mean, variance) = (new double[n, n], new double[n, n]);
        for (var q = 0; q < n; q++)
        {
            for (var k = 0; k < n; k++)
            {
                using var inner = NewDisposeScope();
                var term = Term(q, k);                                                                  // [batch, query, key]
                mean[q, k] = (term * seen).sum().Value() / count;
                variance[q, k] = ((term - mean[q, k].Held()).square() * seen).sum().Value() / count;
            }
        }
        return new(Components, mean, variance);
    }

    /// <summary>The parts that sum to the stream before a layer, each [1, batch, pos, d].</summary>
    private static (List<string> Names, List<Tensor> Parts) Stream(CircuitModel model, ForwardTrace trace, int layer)
    {
        var tokens = model.W_E.index_select(1, trace.Tokens.flatten()).view(1, trace.Batch, trace.Length, -1);
        var (names, parts) = (new List<string> { "embedding" }, new List<Tensor> { tokens });
        for (var l = 0; l < layer; l++)
        {
            var written = ForwardPass.WriteEach(trace.Mixed[l], model.Layers[l]);                       // [1, batch, head, pos, d]
            for (var h = 0; h < model.Configuration.Heads; h++)
            {
                names.Add($"{l}.{h}");
                parts.Add(written.select(2, h));
            }
        }
        if (model.Positions is { } positions)
        {
            names.Add("position");
            parts.Add(positions.narrow(1, 0, trace.Length).Beside(tokens).expand_as(tokens));
        }
        var output = model.Layers.Take(layer).Aggregate(zeros([1, model.Configuration.DModel], tokens.dtype, tokens.device), (sum, earlier) => sum.Plus(earlier.B_O));
        if (output.count_nonzero().item<long>() > 0)
        {
            names.Add("output_bias");
            parts.Add(output.Beside(tokens).expand_as(tokens));
        }
        return (names, parts);
    }
}
