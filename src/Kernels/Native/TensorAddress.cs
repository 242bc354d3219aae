using Orchestrator.Platform;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Native;

/// <summary>Where a tensor's values lie, on its device: TorchSharp shows it for the CPU alone.</summary>
internal static class TensorAddress
{
    /// <summary>Address of the first value. Valid while the tensor lives.</summary>
    public static nint Address(this Tensor tensor) => TorchBridge.Address(tensor.Handle);
}
