using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Sizes of the d × d circuits of each head from their factors, in flat order, float64 [S, N]; positions, biases and the attention scale are left out.</summary>
public static class HeadNorms
{
    /// <summary>Frobenius norm of W_OV = W_V W_O.</summary>
    public static Tensor OutputValue(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FactoredMatrix(model.Heads.W_V, model.Heads.W_O).Norm();
    }

    /// <summary>Frobenius norm of W_QK = W_Q W_K^T, without 1/sqrt(d_head).</summary>
    public static Tensor QueryKey(CircuitModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FactoredMatrix(model.Heads.W_Q, model.Heads.W_K.T()).Norm();
    }
}
