using System.Runtime.InteropServices;

namespace Orchestrator.Kernels.Native.Cuda;

/// <summary>The few calls of NVIDIA's driver that own kernels need beside libtorch, which shares the device's primary context with them.</summary>
internal static class CudaDriver
{
    private const string Library = "libcuda.so.1";

    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    public const int MostSharedBytes = 8;

    /// <summary>Makes the context of a device, numbered as libtorch numbers them, that of the calling thread.</summary>
    public static void Use(int device)
    {
        Check(Initialize(0), "cuInit");
        Check(GetDevice(out var handle, device), "cuDeviceGet");
        Check(RetainPrimaryContext(out var context, handle), "cuDevicePrimaryCtxRetain");
        Check(SetCurrentContext(context), "cuCtxSetCurrent");
    }

    /// <summary>An attribute of a device (<c>CUdevice_attribute</c>).</summary>
    public static int Attribute(int device, DeviceAttribute attribute)
    {
        Check(Initialize(0), "cuInit");
        Check(GetDevice(out var handle, device), "cuDeviceGet");
        Check(GetAttribute(out var value, (int)attribute, handle), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>Throws what a result means; that of running out of memory says so in the words that libtorch has for it.</summary>
    public static void Check(int result, string call)
    {
        if (result != 0)
        {
            var reason = ErrorString(result, out var text) == 0 ? Marshal.PtrToStringUTF8(text) : $"error {result}";
            throw new CudaException($"{call}: {reason}");
        }
    }

    [DllImport(Library, EntryPoint = "cuCtxSynchronize"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Wait();

    [DllImport(Library, EntryPoint = "cuModuleLoadData"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int LoadModule(out nint module, byte[] image);

    [DllImport(Library, EntryPoint = "cuModuleUnload"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int UnloadModule(nint module);

    [DllImport(Library, EntryPoint = "cuModuleGetFunction", BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int GetFunction(out nint function, nint module, [MarshalAs(UnmanagedType.LPStr)] string name);

    [DllImport(Library, EntryPoint = "cuFuncSetAttribute"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int SetFunctionAttribute(nint function, int attribute, int value);

    [DllImport(Library, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int BlocksPerMultiprocessor(out int blocks, nint function, int threads, nuint sharedBytes);

    [DllImport(Library, EntryPoint = "cuLaunchKernel"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Launch(nint function, uint gridX, uint gridY, uint gridZ, uint threadsX, uint threadsY, uint threadsZ, uint sharedBytes, nint stream, nint[] arguments, nint extra);

    [DllImport(Library, EntryPoint = "cuInit"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Initialize(uint flags);

    [DllImport(Library, EntryPoint = "cuDeviceGet"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetDevice(out int handle, int device);

    [DllImport(Library, EntryPoint = "cuDeviceGetAttribute"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAttribute(out int value, int attribute, int handle);

    [DllImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RetainPrimaryContext(out nint context, int handle);

    [DllImport(Library, EntryPoint = "cuCtxSetCurrent"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetCurrentContext(nint context);

    [DllImport(Library, EntryPoint = "cuGetErrorString"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ErrorString(int error, out nint text);
}

/// <summary>What is asked of a device (<c>CUdevice_attribute</c>).</summary>
internal enum DeviceAttribute
{
    /// <summary>Multiprocessors.</summary>
    Multiprocessors = 16,
    /// <summary>First part of the compute capability: 9 of 9.0.</summary>
    CapabilityMajor = 75,
    /// <summary>Second part of the compute capability.</summary>
    CapabilityMinor = 76,
    /// <summary>Bytes of shared memory that one block can have if it asks.</summary>
    SharedBytesPerBlock = 97,
}

/// <summary>The driver or the run-time compiler refused something.</summary>
internal sealed class CudaException(string message) : ExternalException(message);
