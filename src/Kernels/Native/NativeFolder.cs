using Orchestrator.Platform;

namespace Orchestrator.Kernels.Native;

/// <summary>Where the native tensor libraries lie: libtorch itself, and TorchSharp's bridge to it (they may be two folders).</summary>
/// <param name="Torch">Folder with libtorch's own libraries.</param>
/// <param name="Bridge">Full path of TorchSharp's library.</param>
/// <param name="Explicit">Whether a setting named the folder.</param>
public sealed record NativeFolder(string Torch, string Bridge, bool Explicit)
{
    /// <summary>Environment variable that names a folder with libtorch's libraries, such as that of a Python wheel.</summary>
    public const string Variable = "ORCHESTRATOR_LIBTORCH";

    private static readonly string TorchLibrary = IPlatform.Current.LibraryFile("torch_cpu");
    private static readonly string BridgeLibrary = IPlatform.Current.LibraryFile("LibTorchSharp");
    private static readonly string Shipped = Path.Combine("native", "cpu");
    private static readonly string ShippedCuda = Path.Combine("native", "cuda");

    /// <summary>
    /// The setting, if there is one; else <c>native/cuda</c> or <c>native/cpu</c> beside the application or in a folder above it (a
    /// build keeps one copy for all of its executables in <c>artifacts/native/cpu</c>).
    /// </summary>
    /// <param name="setting">A folder named by the user, or null.</param>
    /// <param name="application">The application's own folder.</param>
    /// <exception cref="TorchRuntimeException">No such folder, or no library in it.</exception>
    public static NativeFolder Find(string? setting, string application)
    {
        var shipped = Ancestors(application).SelectMany(folder => new[] { Path.Combine(folder, ShippedCuda), Path.Combine(folder, Shipped) }).FirstOrDefault(Directory.Exists);
        if (string.IsNullOrWhiteSpace(setting))
        {
            return shipped is null
                ? throw new TorchRuntimeException(
                    $"no folder {Shipped} beside {application} or above it: the native tensor libraries are missing. " +
                    $"Build src/Kernels (it links them from the package), or name a folder with {TorchLibrary} by --libtorch or {Variable}.")
                : new NativeFolder(Require(shipped, TorchLibrary, "Delete the folder and build src/Kernels again."), Path.Combine(shipped, BridgeLibrary), Explicit: false);
        }
        var chosen = Require(Path.GetFullPath(setting), TorchLibrary, $"Name the folder that holds it (of a Python wheel: site-packages/torch/lib), or unset {Variable} to use the one that is shipped.");
        var bridge = new[] { chosen, shipped }.OfType<string>().Select(folder => Path.Combine(folder, BridgeLibrary)).FirstOrDefault(File.Exists);
        return new NativeFolder(
            chosen,
            bridge ?? throw new TorchRuntimeException($"{BridgeLibrary} is neither in {chosen} nor in {Shipped} beside {application}: build src/Kernels, or copy it there from the TorchSharp package."),
            Explicit: true);
    }

    private static string Require(string folder, string library, string fix) => File.Exists(Path.Combine(folder, library))
        ? folder
        : throw new TorchRuntimeException($"{folder} holds no {library}. {fix}");

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}
