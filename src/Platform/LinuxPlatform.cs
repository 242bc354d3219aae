using System.Runtime.InteropServices;
using Orchestrator.Platform.Cuda;

namespace Orchestrator.Platform;

/// <summary>Linux with glibc.</summary>
internal sealed class LinuxPlatform : PosixPlatform
{
    public override IReadOnlyList<string> TorchLoadOrder { get; } =
        ["libgomp*.so*", "libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    public override string LibraryFile(string name) => $"lib{name}.so";

    public override void LoadLibrary(string path)
    {
        if (!ElfFile.IsComplete(path))
        {
            throw new LibraryRefusedException("it is torn (shorter than its own header says)");
        }
        var refusal = OpenLibrary(path).Refusal;
        if (refusal?.Contains(OlderLibrary.UnusedVersion, StringComparison.Ordinal) == true)
        {
            refusal = OpenLibrary(OlderLibrary.PatchedCopy(path, [Path.GetDirectoryName(path)!, OlderLibrary.CacheFolder()])).Refusal;
        }
        if (refusal is not null)
        {
            throw new LibraryRefusedException(refusal);
        }
    }

    public override long? CudaMemory(int device) => NvidiaDriver.Memory(device);

    public override void LimitNativeHeap() => NativeHeap.Limit();

    public override void ReturnNativeMemory() => NativeHeap.Return();

    protected override int QuotaExceeded => 122;

    protected override int Flush(int descriptor) => Synchronize(descriptor);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(int descriptor);
}
