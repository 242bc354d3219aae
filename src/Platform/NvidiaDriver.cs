using System.Runtime.InteropServices;

namespace Orchestrator.Platform;

/// <summary>NVIDIA's driver, if there is one.</summary>
internal static class NvidiaDriver
{
    private const string Driver = "libcuda.so.1";

    public static long? Memory(int device)
    {
        if (!NativeLibrary.TryLoad(Driver, out _))
        {
            return null;
        }
        return Initialize(0) == 0 && GetDevice(out var handle, device) == 0 && GetTotalMemory(out var bytes, handle) == 0 ? (long)bytes : null;
    }

    [DllImport(Driver, EntryPoint = "cuInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Initialize(uint flags);

    [DllImport(Driver, EntryPoint = "cuDeviceGet")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetDevice(out int handle, int device);

    [DllImport(Driver, EntryPoint = "cuDeviceTotalMem_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTotalMemory(out nuint bytes, int handle);
}
