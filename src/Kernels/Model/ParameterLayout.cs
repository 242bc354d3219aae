using Orchestrator.Contracts.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Model;

/// <summary>One trained tensor of a model: its name as in TransformerLens, its axes without the pack's, and where it lies among the model's parameters.</summary>
/// <param name="Name">Name; also the purpose under which its initial values are drawn.</param>
/// <param name="Shape">Axes without the pack's, in the layout of <see cref="ModelWeights"/>.</param>
/// <param name="Offset">Parameters of one model before it.</param>
/// <param name="Length">Number of values.</param>
/// <param name="Mean">Mean of the initial values.</param>
/// <param name="Deviation">Standard deviation of the initial values.</param>
/// <param name="Decays">Whether weight decay applies: to matrices, not to gains, offsets and smear weights.</param>
public sealed record Parameter(string Name, IReadOnlyList<long> Shape, int Offset, int Length, double Mean, double Deviation, bool Decays);

/// <summary>
/// How the parameters of a pack lie in one flat buffer: tensor after tensor, and within a tensor member after member, so that
/// every tensor is a contiguous [S, ...] block. Tensors with weight decay come first.
/// </summary>
public sealed class ParameterLayout
{
    private ParameterLayout(IReadOnlyList<Parameter> parameters)
    {
        Parameters = parameters;
        Count = parameters.Sum(parameter => parameter.Length);
    }

    /// <summary>The tensors in the order of their offsets.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }
    /// <summary>Parameters P of one model.</summary>
    public int Count { get; }

    /// <summary>The trained tensors of a shape, with the distribution of their initial values.</summary>
    /// <remarks>Learned positions start with deviation <see cref="ModelConfiguration.PositionScale"/>; smear weights at 0, which mixes equal parts.</remarks>
    public static ParameterLayout Of(ModelConfiguration model, int vocab, Initialization init)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(init);
        var (d, wide) = (model.DModel, model.Heads * model.DHead);
        var (fromModel, fromHeads) = (init.Scale / Math.Sqrt(d), init.Scale / Math.Sqrt(wide));
        List<(string Name, long[] Shape, double Mean, double Deviation)> matrices = [("embed.W_E", [vocab, d], 0, init.Embed)];
        List<(string Name, long[] Shape, double Mean, double Deviation)> vectors = [];
        if (model.Positions == PositionKind.Learned)
        {
            matrices.Add(("pos_embed.W_pos", [model.NCtx, d], 0, model.PositionScale));
        }
        for (var layer = 0; layer < model.Layers; layer++)
        {
            var attention = $"blocks.{layer}.attn";
            matrices.Add(($"{attention}.W_Q", [d, wide], 0, fromModel));
            matrices.Add(($"{attention}.W_K", [d, wide], 0, fromModel));
            matrices.Add(($"{attention}.W_V", [d, wide], 0, fromModel));
            matrices.Add(($"{attention}.W_O", [wide, d], 0, fromHeads));
            AddNorm($"blocks.{layer}.ln1");
            if (model.SmearedKeys)
            {
                vectors.Add(($"{attention}.smear_alpha", [model.Heads], 0, 0));
            }
        }
        AddNorm("ln_final");
        matrices.Add(("unembed.W_U", [d, vocab], 0, fromModel));
        return Of(matrices, vectors);

        void AddNorm(string name)
        {
            if (model.LayerNorm)
            {
                vectors.Add(($"{name}.w", [d], 1, 0));
                vectors.Add(($"{name}.b", [d], 0, 0));
            }
        }
    }

    /// <summary>Tensors with weight decay, then tensors without, in the order given: each with its axes and the distribution of its initial values.</summary>
    internal static ParameterLayout Of(
        IReadOnlyList<(string Name, long[] Shape, double Mean, double Deviation)> matrices, IReadOnlyList<(string Name, long[] Shape, double Mean, double Deviation)> vectors)
    {
        var offset = 0;
        return new ParameterLayout([.. matrices.Concat(vectors).Select((tensor, n) =>
        {
            var length = checked((int)tensor.Shape.Aggregate(1L, (product, axis) => checked(product * axis)));
            var parameter = new Parameter(tensor.Name, tensor.Shape, offset, length, tensor.Mean, tensor.Deviation, n < matrices.Count);
            offset = checked(offset + length);
            return parameter;
        })]);
    }

    /// <summary>Names and shapes in one line: two layouts are the same if these are.</summary>
    public string Signature => string.Join(' ', Parameters.Select(parameter => $"{parameter.Name}[{string.Join(',', parameter.Shape)}]"));

    /// <summary>The tensors of a pack by name: <see cref="Arrange"/> gives it back. Biases, which no trained model has, are left out.</summary>
    public static IReadOnlyDictionary<string, Tensor> Names(ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        List<(string Name, Tensor? Values)> tensors =
        [
            ("embed.W_E", weights.W_E), ("pos_embed.W_pos", weights.W_pos), ("unembed.W_U", weights.W_U),
            ("ln_final.w", weights.FinalNorm?.Gain), ("ln_final.b", weights.FinalNorm?.Offset),
        ];
        foreach (var (n, layer) in weights.Layers.Index())
        {
            var attention = $"blocks.{n}.attn";
            tensors.AddRange(
            [
                ($"{attention}.W_Q", layer.W_Q), ($"{attention}.W_K", layer.W_K), ($"{attention}.W_V", layer.W_V), ($"{attention}.W_O", layer.W_O),
                ($"{attention}.smear_alpha", layer.SmearAlpha), ($"blocks.{n}.ln1.w", layer.Norm?.Gain), ($"blocks.{n}.ln1.b", layer.Norm?.Offset),
            ]);
        }
        return tensors.Where(tensor => tensor.Values is not null).ToDictionary(tensor => tensor.Name, tensor => tensor.Values!);
    }

    /// <summary>The weights of a pack whose tensors are given by name.</summary>
    public static ModelWeights Arrange(ModelConfiguration model, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tensors);
        return new ModelWeights(
            tensors["embed.W_E"],
            tensors.GetValueOrDefault("pos_embed.W_pos"),
            [.. Enumerable.Range(0, model.Layers).Select(Layer)],
            Norm("ln_final"),
            tensors["unembed.W_U"],
            B_U: null);

        NormWeights? Norm(string name) => model.LayerNorm ? new NormWeights(tensors[$"{name}.w"], tensors[$"{name}.b"]) : null;
        LayerWeights Layer(int n)
        {
            var attention = $"blocks.{n}.attn";
            return new LayerWeights(
                tensors[$"{attention}.W_Q"], tensors[$"{attention}.W_K"], tensors[$"{attention}.W_V"], tensors[$"{attention}.W_O"],
                null, null, null, null, Norm($"blocks.{n}.ln1"), tensors.GetValueOrDefault($"{attention}.smear_alpha"));
        }
    }
}
