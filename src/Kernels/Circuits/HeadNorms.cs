using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Sizes of the d × d circuits of each head from their factors, in flat order; positions, biases and the attention scale are left out.</summary>
public static class HeadNorms
{
    /// <summary>Frobenius norm of W_OV = W_V W_O.</summary>
    public static double[] OutputValue(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Norm(model.Heads.W_V, model.Heads.W_O.T());
    }

    /// <summary>Frobenius norm of W_QK = W_Q W_K^T, without 1/sqrt(d_head).</summary>
    public static double[] QueryKey(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Norm(model.Heads.W_Q, model.Heads.W_K);
    }

    // ||A B^T||^2 = trace((A^T A)(B^T B)) = sum of the elementwise product of the two Grams
    private static double[] Norm(Tensor a, Tensor b)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return (Gram(a) * Gram(b)).sum([-2, -1]).clamp_min(0).sqrt().Values();

        static Tensor Gram(Tensor factor) => factor.T().matmul(factor).Exact();
    }
}
