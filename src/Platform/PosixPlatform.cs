using System.Runtime.InteropServices;

namespace Orchestrator.Platform;

/// <summary>What Linux and macOS have in common: the C library's calls, by the same names.</summary>
internal abstract class PosixPlatform : IPlatform
{
    private const int ResolveNow = 2;
    private const int NoSpace = 28; // ENOSPC, the same number on both

    public abstract IReadOnlyList<string> TorchLoadOrder { get; }

    public abstract string LibraryFile(string name);

    public abstract void LoadLibrary(string path);

    public abstract long? CudaMemory(int device);

    public abstract void LimitNativeHeap();

    public abstract void ReturnNativeMemory();

    public void FlushFolder(string folder)
    {
        var descriptor = OpenFile(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"folder '{folder}' cannot be opened to flush it: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
        try
        {
            if (Flush(descriptor) != 0)
            {
                throw new IOException($"folder '{folder}' cannot be flushed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }
        finally
        {
            _ = CloseFile(descriptor);
        }
    }

    // .NET carries the number of the system's error if it has no exception of its own for it.
    public bool IsDiskFull(IOException failure) => failure.HResult == NoSpace || failure.HResult == QuotaExceeded;

    public void EndProcess(int exitCode) => ExitWithoutHandlers(exitCode);

    /// <summary>EDQUOT: the user's share of the disk is used up.</summary>
    protected abstract int QuotaExceeded { get; }

    /// <summary>Flushes to the medium, not only to the drive; 0 if it worked, else the error is the last one of the platform.</summary>
    protected abstract int Flush(int descriptor);

    /// <summary>Opens a library: its handle, or why the loader refuses it.</summary>
    protected static (nint Handle, string? Refusal) OpenLibrary(string path)
    {
        _ = LoaderError(); // binds the function now: binding it after the failure would clear the message
        var handle = OpenLibrary(path, ResolveNow);
        return handle != 0 ? (handle, null) : (0, Marshal.PtrToStringUTF8(LoaderError()) ?? "the loader gave no reason");
    }

    // "libc" is the runtime's name for the C library of either system.
    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseFile(int descriptor);

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitWithoutHandlers(int status);

    [DllImport("libc", EntryPoint = "dlopen", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenLibrary([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint LoaderError();
}
