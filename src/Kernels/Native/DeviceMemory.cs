using Orchestrator.Platform;

namespace Orchestrator.Kernels.Native;

/// <summary>How much memory a device has.</summary>
public static class DeviceMemory
{
    /// <summary>Bytes of main memory that this process may use (a container's limit counts).</summary>
    public static long OfMachine() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes of a CUDA device, numbered as libtorch numbers them, as NVIDIA's driver tells; null if there is no driver or no such device.</summary>
    public static long? OfCuda(int device) => IPlatform.Current.CudaMemory(device);
}
