using static TorchSharp.torch;

namespace Orchestrator.Kernels.Model;

/// <summary>What is done to all tensors of a pack alike.</summary>
public static class ModelWeightsExtensions
{
    /// <summary>Every tensor that is there.</summary>
    public static IEnumerable<Tensor> All(this ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Tensor?[] ends = [weights.W_E, weights.W_pos, weights.FinalNorm?.Gain, weights.FinalNorm?.Offset, weights.W_U, weights.B_U];
        return ends.Concat(weights.Layers.SelectMany(layer => new[]
        {
            layer.W_Q, layer.W_K, layer.W_V, layer.W_O, layer.B_Q, layer.B_K, layer.B_V, layer.B_O, layer.Norm?.Gain, layer.Norm?.Offset, layer.SmearAlpha,
        })).OfType<Tensor>();
    }

    /// <summary>The same structure with every tensor replaced.</summary>
    public static ModelWeights Select(this ModelWeights weights, Func<Tensor, Tensor> change)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(change);
        return new ModelWeights(
            change(weights.W_E), Optional(weights.W_pos), [.. weights.Layers.Select(Layer)], Norm(weights.FinalNorm), change(weights.W_U), Optional(weights.B_U));

        Tensor? Optional(Tensor? tensor) => tensor is null ? null : change(tensor);
        NormWeights? Norm(NormWeights? norm) => norm is null ? null : new NormWeights(change(norm.Gain), change(norm.Offset));
        LayerWeights Layer(LayerWeights layer) => new(
            change(layer.W_Q), change(layer.W_K), change(layer.W_V), change(layer.W_O),
            Optional(layer.B_Q), Optional(layer.B_K), Optional(layer.B_V), Optional(layer.B_O), Norm(layer.Norm), Optional(layer.SmearAlpha));
    }

    /// <summary>One model of the pack, as a pack of one that shares the memory.</summary>
    public static ModelWeights Member(this ModelWeights weights, int member) => weights.Select(tensor => tensor.narrow(0, member, 1));

    /// <summary>Frees every tensor.</summary>
    public static void Dispose(this ModelWeights weights)
    {
        foreach (var tensor in weights.All())
        {
            tensor.Dispose();
        }
    }
}
