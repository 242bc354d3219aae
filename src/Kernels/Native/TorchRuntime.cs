using Orchestrator.Platform;
using TorchSharp;

namespace Orchestrator.Kernels.Native;

/// <summary>
/// Brings libtorch into the process, once, before anything touches <see cref="torch"/>. Libraries are loaded by full path in the
/// order of their dependencies, so that later look-ups by name find them; two copies of libtorch in one process abort it.
/// </summary>
public static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static NativeFolder? _loaded;

    /// <summary>Loads the libraries; does nothing if that was done.</summary>
    /// <param name="libtorch">A folder with libtorch's libraries to use instead of the shipped one; null looks into <c>ORCHESTRATOR_LIBTORCH</c>.</param>
    /// <exception cref="TorchRuntimeException">Something is missing or does not fit, or another folder was loaded before.</exception>
    public static void Load(string? libtorch = null)
    {
        lock (Gate)
        {
            if (_loaded is not null)
            {
                if (libtorch is not null && Path.GetFullPath(libtorch) != _loaded.Torch)
                {
                    throw new TorchRuntimeException($"libtorch was already loaded from {_loaded.Torch}, and a process can hold only one: name {libtorch} before the first use of tensors.");
                }
                return;
            }
            var folder = NativeFolder.Find(libtorch ?? Environment.GetEnvironmentVariable(NativeFolder.Variable), AppContext.BaseDirectory);
            foreach (var library in IPlatform.Current.TorchLoadOrder.SelectMany(pattern => Directory.EnumerateFiles(folder.Torch, pattern).Order()))
            {
                LoadLibrary(library);
            }
            LoadLibrary(folder.Bridge, $" It is built for libtorch 2.10; the one in {folder.Torch} must be of that version{(folder.Explicit ? $" (--libtorch or {NativeFolder.Variable} names another folder)" : "")}.");
            _loaded = folder;
        }
    }

    /// <summary>What was loaded and how it will compute, for <c>doctor</c> and for the provenance of runs.</summary>
    /// <exception cref="TorchRuntimeException">The libraries cannot be loaded.</exception>
    public static TorchDescription Describe()
    {
        Load();
        return new TorchDescription(
            _loaded!.Torch, torch.__version__, torch.get_num_threads(), torch.get_num_interop_threads(), CpuKernels.Name, torch.cuda.is_available());
    }

    internal static void LoadLibrary(string path, string rule = "")
    {
        try
        {
            IPlatform.Current.LoadLibrary(path);
        }
        catch (LibraryRefusedException refused)
        {
            throw new TorchRuntimeException(
                $"{path} cannot be loaded: {refused.Message.Trim()}.{rule} Check that it is complete and for this machine (delete artifacts/native and build again).", refused);
        }
    }
}

/// <summary>The tensor library of this process.</summary>
/// <param name="Folder">Where libtorch was loaded from.</param>
/// <param name="Version">libtorch's version that the bridge was built for.</param>
/// <param name="Threads">Intra-op threads of the calling thread.</param>
/// <param name="InteropThreads">Inter-op threads.</param>
/// <param name="CpuKernels">CPU kernels (<see cref="CpuKernels.Name"/>).</param>
/// <param name="Cuda">Whether a CUDA device can be used.</param>
public sealed record TorchDescription(string Folder, string Version, int Threads, int InteropThreads, string CpuKernels, bool Cuda);
