namespace Orchestrator.Platform;

/// <summary>The operating system below this process. Everything that differs between systems is asked here and nowhere else.</summary>
public interface IPlatform
{
    /// <summary>The platform of this process.</summary>
    static IPlatform Current { get; } =
        OperatingSystem.IsLinux() ? new LinuxPlatform()
        : OperatingSystem.IsMacOS() ? new MacPlatform()
        : throw new PlatformNotSupportedException($"{Environment.OSVersion} is not supported: Orchestrator runs on Linux and macOS");

    /// <summary>libtorch's libraries as search patterns, in the order of their dependencies; those of a CUDA build exist only there.</summary>
    IReadOnlyList<string> TorchLoadOrder { get; }

    /// <summary>File name of a native library: <c>torch_cpu</c> with this platform's beginning and end.</summary>
    string LibraryFile(string name);

    /// <summary>Loads a library and resolves all that it asks for, so that one which does not fit is refused now and not at a later call.</summary>
    /// <exception cref="LibraryRefusedException">The file is torn, or the loader refuses it.</exception>
    void LoadLibrary(string path);

    /// <summary>Bytes of a CUDA device, numbered as libtorch numbers them; null if there is no driver or no such device.</summary>
    long? CudaMemory(int device);

    /// <summary>Keeps the native heap from growing with every thread. Called first in a program: what threads took before stays theirs.</summary>
    void LimitNativeHeap();

    /// <summary>Gives back what the native heap holds free. It scatters between what lives, so that the heap never shrinks by itself.</summary>
    void ReturnNativeMemory();

    /// <summary>Makes names in a folder durable: a rename is on the disk only when its folder was flushed, and .NET has no call for that.</summary>
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    void FlushFolder(string folder);

    /// <summary>Whether a file could not be written because its disk, or the user's share of it, is full.</summary>
    bool IsDiskFull(IOException failure);

    /// <summary>Ends the process at once; <see cref="Environment.Exit"/> would wait for exit handlers.</summary>
    void EndProcess(int exitCode);
}
