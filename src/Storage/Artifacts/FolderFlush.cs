using Orchestrator.Platform;

namespace Orchestrator.Storage.Artifacts;

/// <summary>Makes a new name durable, and those of the folders that were made for it.</summary>
internal static class FolderFlush
{
    /// <summary>Flushes a folder and those above it, up to <paramref name="root"/>.</summary>
    public static void Flush(string folder, string root)
    {
        for (var at = folder; at is not null && at.Length >= root.Length; at = Path.GetDirectoryName(at))
        {
            IPlatform.Current.FlushFolder(at);
        }
    }
}
