using System.Runtime.InteropServices;

namespace Orchestrator.Platform;

/// <summary>What TorchSharp's library can tell and TorchSharp does not show.</summary>
public static class TorchBridge
{
    /// <summary>Where a tensor's values lie, on its device. Valid while the tensor lives.</summary>
    /// <param name="tensor">Its handle.</param>
    public static nint Address(nint tensor) => Data(tensor);

    [DllImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Data(nint handle);
}
