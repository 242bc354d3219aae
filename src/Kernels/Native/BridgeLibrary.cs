using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Orchestrator.Kernels.Native;

/// <summary>
/// Loads TorchSharp's native bridge, from a patched copy where the machine's libstdc++ is older than the one it was linked
/// against (Debian 12, Ubuntu 22.04). The original is never changed; the copy is named by content, so that processes that start
/// together cannot get in each other's way.
/// </summary>
internal static partial class BridgeLibrary
{
    private const string UnusedVersion = "GLIBCXX_3.4.32";
    private const int ResolveNow = 2;

    internal static void Load(NativeFolder folder)
    {
        if (Open(folder.Bridge) is not { } refusal)
        {
            return;
        }
        if (refusal.Contains(UnusedVersion, StringComparison.Ordinal))
        {
            refusal = Open(PatchedCopy(folder.Bridge, [Path.GetDirectoryName(folder.Bridge)!, CacheFolder()]));
        }
        if (refusal is not null)
        {
            throw new TorchRuntimeException($"{folder.Bridge} does not fit the libtorch in {folder.Torch}: {refusal}. It is built for libtorch 2.10; " +
                (folder.Explicit ? $"name a folder of that version by --libtorch or {NativeFolder.Variable}." : "delete artifacts/native and build again."));
        }
    }

    /// <summary>Writes the patched copy into the first folder that can be written and returns its path.</summary>
    internal static string PatchedCopy(string bridge, IReadOnlyList<string> folders)
    {
        var image = File.ReadAllBytes(bridge);
        var name = $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(image))[..16]}.so";
        if (ElfVersionPatch.MakeWeak(image, UnusedVersion) == 0)
        {
            throw new TorchRuntimeException($"{bridge} does not ask for {UnusedVersion}, yet the loader refused it for that: restore the TorchSharp package again.");
        }
        Exception? denied = null;
        foreach (var copy in folders.Select(folder => Path.Combine(folder, name)))
        {
            if (File.Exists(copy) && new FileInfo(copy).Length == image.Length)
            {
                return copy;
            }
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                var temporary = $"{copy}.{Guid.NewGuid():n}";
                File.WriteAllBytes(temporary, image);
                File.Move(temporary, copy, overwrite: true);
                return copy;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                denied = refused;
            }
        }
        throw new TorchRuntimeException($"{bridge} must be patched for this machine's libstdc++ and none of {string.Join(", ", folders)} can be written: make one writable, or set XDG_CACHE_HOME.", denied);
    }

    private static string CacheFolder() =>
        Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Path.GetTempPath(), $"orchestrator-{Environment.UserName}"), "native");

    // NativeLibrary resolves symbols lazily, which turns a libtorch of another version into a crash at the first call of what it lacks.
    private static string? Open(string path)
    {
        dlerror(); // binds the function now: binding it after the failure would clear the message
        return dlopen(path, ResolveNow) != 0 ? null : Marshal.PtrToStringUTF8(dlerror()) ?? "the loader gave no reason";
    }

    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint dlopen(string path, int flags);

    [LibraryImport("libc.so.6")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint dlerror();
}
