using System.Runtime.InteropServices;

namespace Orchestrator.Kernels.Native;

/// <summary>How much memory a device has.</summary>
public static partial class DeviceMemory
{
    private const string Driver = "libcuda.so.1";

    /// <summary>Bytes of main memory that this process may use (a container's limit counts).</summary>
    public static long OfMachine() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes of a CUDA device, numbered as libtorch numbers them, as NVIDIA's driver tells; null where there is no driver or no such device.</summary>
    public static long? OfCuda(int device)
    {
        if (!NativeLibrary.TryLoad(Driver, out _))
        {
            return null;
        }
        return Initialize(0) == 0 && GetDevice(out var handle, device) == 0 && GetTotalMemory(out var bytes, handle) == 0 ? (long)bytes : null;
    }

    [LibraryImport(Driver, EntryPoint = "cuInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Initialize(uint flags);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGet")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetDevice(out int handle, int device);

    [LibraryImport(Driver, EntryPoint = "cuDeviceTotalMem_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTotalMemory(out nuint bytes, int handle);
}
