using System.Runtime.InteropServices;

namespace Orchestrator.Platform.Cuda;

/// <summary>NVIDIA's driver, if there is one: the few calls that are needed beside libtorch, which shares a device's primary context with them.</summary>
internal static class NvidiaDriver
{
    private const string Driver = "libcuda.so.1";

    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    public const int MostSharedBytes = 8;

    public static long? Memory(int device)
    {
        if (!NativeLibrary.TryLoad(Driver, out _))
        {
            return null;
        }
        return Initialize(0) == 0 && GetDevice(out var handle, device) == 0 && GetTotalMemory(out var bytes, handle) == 0 ? (long)bytes : null;
    }

    /// <summary>An attribute of a device (<c>CUdevice_attribute</c>).</summary>
    public static int Attribute(int device, int attribute)
    {
        Check(GetAttribute(out var value, attribute, Handle(device)), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>Makes the primary context of a device that of the calling thread.</summary>
    public static void Use(int device)
    {
        Check(RetainPrimaryContext(out var context, Handle(device)), "cuDevicePrimaryCtxRetain");
        Check(SetCurrentContext(context), "cuCtxSetCurrent");
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

    private static int Handle(int device)
    {
        Check(Initialize(0), "cuInit");
        Check(GetDevice(out var handle, device), "cuDeviceGet");
        return handle;
    }

    [DllImport(Driver, EntryPoint = "cuCtxSynchronize")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Wait();

    [DllImport(Driver, EntryPoint = "cuModuleLoadData")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int LoadModule(out nint module, byte[] image);

    [DllImport(Driver, EntryPoint = "cuModuleUnload")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int UnloadModule(nint module);

    [DllImport(Driver, EntryPoint = "cuModuleGetFunction", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int GetFunction(out nint function, nint module, [MarshalAs(UnmanagedType.LPStr)] string name);

    [DllImport(Driver, EntryPoint = "cuFuncSetAttribute")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int SetFunctionAttribute(nint function, int attribute, int value);

    [DllImport(Driver, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int BlocksPerMultiprocessor(out int blocks, nint function, int threads, nuint sharedBytes);

    [DllImport(Driver, EntryPoint = "cuLaunchKernel")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Launch(nint function, uint gridX, uint gridY, uint gridZ, uint threadsX, uint threadsY, uint threadsZ, uint sharedBytes, nint stream, nint[] arguments, nint extra);

    [DllImport(Driver, EntryPoint = "cuInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Initialize(uint flags);

    [DllImport(Driver, EntryPoint = "cuDeviceGet")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetDevice(out int handle, int device);

    [DllImport(Driver, EntryPoint = "cuDeviceTotalMem_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTotalMemory(out nuint bytes, int handle);

    [DllImport(Driver, EntryPoint = "cuDeviceGetAttribute")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAttribute(out int value, int attribute, int handle);

    [DllImport(Driver, EntryPoint = "cuDevicePrimaryCtxRetain")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RetainPrimaryContext(out nint context, int handle);

    [DllImport(Driver, EntryPoint = "cuCtxSetCurrent")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetCurrentContext(nint context);

    [DllImport(Driver, EntryPoint = "cuGetErrorString")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ErrorString(int error, out nint text);
}
