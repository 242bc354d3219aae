using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Weights;

/// <summary>TransformerLens' names and layouts, both ways. There every head is its own matrix; here heads are stacked along an axis.</summary>
internal sealed class ModelFileLayout(SafetensorsReader reader, TransformerLensConfiguration configuration)
{
    private readonly (int V, int d, int H, int e, int T) _ =
        (configuration.DVocab, configuration.DModel, configuration.NHeads, configuration.DHead, configuration.NCtx);

    /// <summary>Tensors that were asked for, present or not.</summary>
    internal HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    internal ModelWeights Read() => new(
        Required("embed.W_E", _.V, _.d),
        Positions(),
        [.. Enumerable.Range(0, configuration.NLayers).Select(Layer)],
        Norm("ln_final"),
        Required("unembed.W_U", _.d, _.V),
        Bias("unembed.b_U", _.V));

    private LayerWeights Layer(int layer)
    {
        var attention = $"blocks.{layer}.attn";
        return new LayerWeights(
            Reader($"{attention}.W_Q"), Reader($"{attention}.W_K"), Reader($"{attention}.W_V"),
            Required($"{attention}.W_O", _.H, _.e, _.d).reshape(1, _.H * _.e, _.d),                     // [H, e, d] -> [1, H*e, d]
            HeadBias($"{attention}.b_Q"), HeadBias($"{attention}.b_K"), HeadBias($"{attention}.b_V"), Bias($"{attention}.b_O", _.d),
            Norm($"blocks.{layer}.ln1"),
            Optional($"{attention}.smear_alpha", _.H));

        // [H, d, e] -> [1, d, H*e]
        Tensor Reader(string name) => Required(name, _.H, _.d, _.e).permute(0, 2, 1, 3).reshape(1, _.d, _.H * _.e);
    }

    private Tensor? Positions()
    {
        const string name = "pos_embed.W_pos";
        switch (configuration.PositionalEmbeddingType)
        {
            case "shortformer":
                return Required(name, _.T, _.d);
            case "standard":
                return NotZero(Optional(name, _.T, _.d));
            default:
                return NotZero(Optional(name, _.T, _.d)) is null ? null
                    : throw new ModelFileException(reader.File, $"tensor '{name}' is not zero, but positional_embedding_type is {configuration.PositionalEmbeddingType}");
        }
    }

    private NormWeights? Norm(string name) => configuration.NormalizationType switch
    {
        "LN" => new NormWeights(Required($"{name}.w", _.d), Required($"{name}.b", _.d)),
        "LNPre" => new NormWeights(ones(1, _.d), zeros(1, _.d)),
        _ => null,
    };

    private Tensor? HeadBias(string name) => NotZero(Optional(name, _.H, _.e))?.reshape(1, _.H * _.e);

    private Tensor? Bias(string name, int size) => NotZero(Optional(name, size));

    private static Tensor? NotZero(Tensor? tensor) => tensor is null || tensor.count_nonzero().item<long>() == 0 ? null : tensor;

    private Tensor? Optional(string name, params ReadOnlySpan<long> shape)
    {
        Used.Add(name);
        return reader.Has(name) ? Required(name, shape) : null;
    }

    // [...] -> [1, ...]: a file holds a pack of one
    private Tensor Required(string name, params ReadOnlySpan<long> shape)
    {
        Used.Add(name);
        return reader.Read(name, shape).unsqueeze(0);
    }

    /// <summary>The tensors of a model (a pack of one) under the names and in the layouts of the file.</summary>
    internal static IEnumerable<(string Name, Tensor Values)> Tensors(ModelWeights weights, ModelConfiguration model)
    {
        var (d, H, e, T) = (model.DModel, model.Heads, model.DHead, model.NCtx);
        yield return ("embed.W_E", weights.W_E.squeeze(0));
        if (model.Positions != PositionKind.Rotary)
        {
            yield return ("pos_embed.W_pos", weights.W_pos?.squeeze(0)
                ?? (model.Positions == PositionKind.Shortformer ? Sinusoids.Table(T, d, model.PositionScale, CPU) : zeros(T, d)));
        }
        foreach (var (n, layer) in weights.Layers.Index())
        {
            yield return ($"blocks.{n}.attn.W_Q", Reader(layer.W_Q));
            yield return ($"blocks.{n}.attn.W_K", Reader(layer.W_K));
            yield return ($"blocks.{n}.attn.W_V", Reader(layer.W_V));
            yield return ($"blocks.{n}.attn.W_O", layer.W_O.reshape(H, e, d));                          // [1, H*e, d] -> [H, e, d]
            yield return ($"blocks.{n}.attn.b_Q", layer.B_Q?.reshape(H, e) ?? zeros(H, e));
            yield return ($"blocks.{n}.attn.b_K", layer.B_K?.reshape(H, e) ?? zeros(H, e));
            yield return ($"blocks.{n}.attn.b_V", layer.B_V?.reshape(H, e) ?? zeros(H, e));
            yield return ($"blocks.{n}.attn.b_O", layer.B_O?.squeeze(0) ?? zeros(d));
            if (layer.Norm is { } norm)
            {
                yield return ($"blocks.{n}.ln1.w", norm.Gain.squeeze(0));
                yield return ($"blocks.{n}.ln1.b", norm.Offset.squeeze(0));
            }
            if (layer.SmearAlpha is { } alpha)
            {
                yield return ($"blocks.{n}.attn.smear_alpha", alpha.squeeze(0));
            }
        }
        if (weights.FinalNorm is { } final)
        {
            yield return ("ln_final.w", final.Gain.squeeze(0));
            yield return ("ln_final.b", final.Offset.squeeze(0));
        }
        yield return ("unembed.W_U", weights.W_U.squeeze(0));
        yield return ("unembed.b_U", weights.B_U?.squeeze(0) ?? zeros(weights.W_U.shape[^1]));

        // [1, d, H*e] -> [H, d, e]
        Tensor Reader(Tensor stacked) => stacked.reshape(d, H, e).permute(1, 0, 2);
    }
}
