using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Native;

/// <summary>Where a tensor's values lie, on its device: TorchSharp shows it for the CPU alone.</summary>
internal static class TensorAddress
{
    /// <summary>Address of the first value. Valid while the tensor lives.</summary>
    public static nint Address(this Tensor tensor) => Data(tensor.Handle);

    [DllImport("LibTorchSharp", EntryPoint = "THSTensor_data"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Data(nint handle);
}
