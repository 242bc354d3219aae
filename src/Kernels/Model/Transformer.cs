using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Orchestrator.Kernels.Model;

/// <summary>
/// The forward pass of a pack of attention-only transformers at training speed (math.md section 1.2, in row-vector convention).
/// It holds no weights, only what is computed from the shape: position tables. Not thread-safe; belongs to one kernel thread.
/// </summary>
/// <remarks>
/// S = models in the pack, B = sequences per model, T = positions, d = d_model, H = heads, e = d_head, V = vocabulary.
/// All models of the pack run in every product at once, and no value of one model depends on another.
/// </remarks>
public sealed class Transformer : IDisposable
{
    private readonly ModelConfiguration _shape;
    private readonly Tensor? _sinusoids;
    private readonly RotaryTable? _rotary;

    /// <summary>Makes the position tables of a shape on a device.</summary>
    /// <param name="shape">The models' shape.</param>
    /// <param name="device">Where weights and tokens will lie; the CPU by default.</param>
    public Transformer(ModelConfiguration shape, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        TorchRuntime.Load();
        _shape = shape;
        using var scope = NewDisposeScope();
        _sinusoids = shape.Positions == PositionKind.Shortformer
            ? Sinusoids.Table(shape.NCtx, shape.DModel, shape.PositionScale, device ?? CPU).DetachFromDisposeScope()
            : null;
        _rotary = shape.Positions == PositionKind.Rotary ? new RotaryTable(shape.NCtx, shape.DHead, device ?? CPU) : null;
    }

    /// <summary>Logits of the next token at every position.</summary>
    /// <param name="weights">The pack's weights.</param>
    /// <param name="tokens">Token ids [S, B, T], T at most n_ctx.</param>
    /// <returns>[S, B, T, V], raw (before the softmax).</returns>
    public Tensor Logits(ModelWeights weights, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(tokens);
        var (S, B, T) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);

        var x = Embed(weights.W_E, tokens);                                     // [S, B*T, d]
        if (_shape.Positions == PositionKind.Learned)
        {
            x = x.view(S, B, T, -1).Plus(weights.W_pos!.narrow(1, 0, T).unsqueeze(1)).view(S, B * T, -1);
        }
        var positions = PositionsOfQueriesAndKeys(weights, T);                  // [S or 1, 1, T, d] or null
        foreach (var layer in weights.Layers)
        {
            x = x.Plus(Attention(layer, x, positions, (S, B, T)));              // [S, B*T, d]
        }
        return Project(Norm(x, weights.FinalNorm), weights.W_U, weights.B_U).view(S, B, T, -1);
    }

    /// <summary>Loss of predicting every token but the first, in nats.</summary>
    /// <param name="weights">The pack's weights.</param>
    /// <param name="tokens">Token ids [S, B, T].</param>
    /// <returns>[S, B, T-1]; entry i is the loss of token i + 1, given tokens 0..i.</returns>
    public Tensor TokenLosses(ModelWeights weights, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var (S, B, T) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        // The last position predicts nothing that is known and no other position sees it: it is left out.
        var logits = Logits(weights, tokens.narrow(2, 0, T - 1));               // [S, B, T-1, V]
        var next = tokens.narrow(2, 1, T - 1).reshape(S * B * (T - 1));
        return cross_entropy(logits.view(S * B * (T - 1), -1), next, reduction: nn.Reduction.None).view(S, B, T - 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sinusoids?.Dispose();
        _rotary?.Dispose();
    }

    private static Tensor Embed(Tensor W_E, Tensor tokens)
    {
        var (S, V, d) = (W_E.shape[0], W_E.shape[1], W_E.shape[2]);
        var row = tokens.reshape(S, -1);
        if (S > 1)
        {
            row = row.Plus(tensor([.. Enumerable.Range(0, (int)S).Select(member => member * V)], [S, 1], ScalarType.Int64, W_E.device)); // [S, B*T] row of [S*V, d]
        }
        return W_E.reshape(S * V, d).index_select(0, row.view(-1)).view(S, -1, d);                 // [S, B*T, d]
    }

    // Only shortformer positions enter here; a file's own table wins over the computed sinusoids.
    private Tensor? PositionsOfQueriesAndKeys(ModelWeights weights, long T) => _shape.Positions != PositionKind.Shortformer ? null
        : weights.W_pos is { } table ? table.narrow(1, 0, T).unsqueeze(1)
        : _sinusoids!.narrow(0, 0, T).view(1, 1, T, -1);

    private Tensor Attention(LayerWeights layer, Tensor x, Tensor? positions, (long S, long B, long T) size)
    {
        var (S, B, T) = size;
        var read = Norm(x, layer.Norm);                                         // [S, B*T, d], what values see
        var placed = positions is null ? read : read.view(S, B, T, -1).Plus(positions).view(S, B * T, -1);
        var q = Heads(Project(placed, layer.W_Q, layer.B_Q), size);             // [S*B, H, T, e]
        var k = Heads(Smear(Project(placed, layer.W_K, layer.B_K), layer.SmearAlpha, size), size);
        var v = Heads(Project(read, layer.W_V, layer.B_V), size);
        if (_rotary is not null)
        {
            (q, k) = (_rotary.Rotate(q), _rotary.Rotate(k));
        }
        var mixed = scaled_dot_product_attention(q, k, v, is_casual: true);     // [S*B, H, T, e], scores over sqrt(e)
        return Project(mixed.transpose(1, 2).reshape(S, B * T, -1), layer.W_O, layer.B_O);
    }

    // [S, B*T, H*e] -> [S*B, H, T, e]
    private Tensor Heads(Tensor stacked, (long S, long B, long T) size) =>
        stacked.view(size.S * size.B, size.T, _shape.Heads, _shape.DHead).transpose(1, 2);

    // Every key becomes sigmoid(alpha) of itself and the rest of the key before it; the first stays (math.md section 6).
    private Tensor Smear(Tensor keys, Tensor? alpha, (long S, long B, long T) size)
    {
        if (alpha is null)
        {
            return keys;
        }
        var (S, B, T) = size;
        var k = keys.view(S, B, T, _shape.Heads, _shape.DHead);
        var before = cat([k.narrow(2, 0, 1), k.narrow(2, 0, T - 1)], 2);        // [S, B, T, H, e], shifted by one position
        return before.lerp(k, alpha.sigmoid().view(S, 1, 1, -1, 1).expand_as(k)).view(S, B * T, -1);
    }

    private static Tensor Norm(Tensor x, NormWeights? norm) => norm is null ? x
        : (layer_norm(x, [x.shape[^1]], eps: LayerNormEpsilon) * norm.Gain.unsqueeze(1)).Plus(norm.Offset.unsqueeze(1));

    private static Tensor Project(Tensor x, Tensor W, Tensor? b) => b is null ? x.bmm(W) : x.bmm(W).Plus(b.unsqueeze(1));

    /// <summary>Added to the variance in layer norms of trained models; written into their config files as <c>eps</c>.</summary>
    public const double LayerNormEpsilon = 1e-5;
}
