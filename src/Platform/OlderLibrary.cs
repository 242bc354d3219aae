using System.Security.Cryptography;

namespace Orchestrator.Platform;

/// <summary>
/// A copy of a library for machines whose libstdc++ is older than the one it was linked against (Debian 12, Ubuntu 22.04): TorchSharp's
/// bridge. The original is never changed; the copy is named by content, so that processes that start together cannot get in each
/// other's way.
/// </summary>
internal static class OlderLibrary
{
    internal const string UnusedVersion = "GLIBCXX_3.4.32";

    /// <summary>Writes the patched copy into the first folder that can be written and returns its path.</summary>
    internal static string PatchedCopy(string library, IReadOnlyList<string> folders)
    {
        var image = File.ReadAllBytes(library);
        var name = $"{Path.GetFileNameWithoutExtension(library)}-{Convert.ToHexStringLower(SHA256.HashData(image))[..16]}.so";
        if (ElfFile.MakeWeak(image, UnusedVersion) == 0)
        {
            throw new LibraryRefusedException($"it does not ask for {UnusedVersion}, yet the loader refused it for that: restore its package again");
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
        throw new LibraryRefusedException(
            $"it must be patched for this machine's libstdc++ and none of {string.Join(", ", folders)} can be written: make one writable, or set XDG_CACHE_HOME", denied);
    }

    internal static string CacheFolder() =>
        Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Path.GetTempPath(), $"orchestrator-{Environment.UserName}"), "native");
}
