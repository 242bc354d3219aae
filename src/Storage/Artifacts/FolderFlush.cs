using System.Runtime.InteropServices;

namespace Orchestrator.Storage.Artifacts;

/// <summary>Makes a new name durable: on Unix a rename is on the disk only when its folder was flushed, and .NET has no call for that.</summary>
internal static class FolderFlush
{
    /// <summary>Flushes a folder and those above it, up to <paramref name="root"/>.</summary>
    public static void Flush(string folder, string root)
    {
        if (OperatingSystem.IsWindows())
        {
            return;   // NTFS journals its names
        }
        for (var at = folder; at is not null && at.Length >= root.Length; at = Path.GetDirectoryName(at))
        {
            var descriptor = Open(at, 0);
            if (descriptor < 0)
            {
                throw new IOException($"folder '{at}' cannot be opened to flush it: error {Marshal.GetLastPInvokeError()}");
            }
            try
            {
                if (Sync(descriptor) != 0)
                {
                    throw new IOException($"folder '{at}' cannot be flushed: error {Marshal.GetLastPInvokeError()}");
                }
            }
            finally
            {
                _ = Close(descriptor);
            }
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
