using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Orchestrator.Platform;

/// <summary>macOS. Built and published here, not run.</summary>
internal sealed class MacPlatform : PosixPlatform
{
    private const int FullFlush = 51; // F_FULLFSYNC: fsync alone leaves the bytes in the drive's cache
    private readonly ConcurrentDictionary<string, nint> _loaded = new(StringComparer.Ordinal);

    public MacPlatform() =>
        // A library that was loaded by its path is not found by its name here, as it is on Linux.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => _loaded.GetValueOrDefault(LibraryFile(name));

    public override IReadOnlyList<string> TorchLoadOrder { get; } = ["libomp.dylib", "libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"];

    public override string LibraryFile(string name) => $"lib{name}.dylib";

    public override void LoadLibrary(string path)
    {
        var (handle, refusal) = OpenLibrary(path);
        if (refusal is not null)
        {
            throw new LibraryRefusedException(refusal);
        }
        _loaded[Path.GetFileName(path)] = handle;
    }

    public override long? CudaMemory(int device) => null;

    /// <summary>Does nothing: this heap keeps no region for each thread.</summary>
    public override void LimitNativeHeap()
    {
    }

    /// <summary>Does nothing: this heap gives back by itself.</summary>
    public override void ReturnNativeMemory()
    {
    }

    protected override int QuotaExceeded => 69;

    protected override int Flush(int descriptor) => Control(descriptor, FullFlush);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);
}
