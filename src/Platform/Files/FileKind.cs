using System.Runtime.InteropServices;

namespace Orchestrator.Platform.Files;

/// <summary>What stands behind a path. The framework tells files from folders alone, and opening a pipe to ask would wait for its writer.</summary>
internal static class FileKind
{
    private const int Type = 0xF000;
    private const int Regular = 0x8000;

    // Only Mode is read. The framework's own shim has one layout on every platform, unlike the C library's stat.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(4)]
        public int Mode;
    }

    /// <summary>Refuses what is missing or is no regular file.</summary>
    /// <exception cref="UserFileException">With the reason.</exception>
    public static void RequireRegular(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UserFileException(path, "the path holds a zero byte", "name a readable file");
        }
        if (Stat(Path.GetFullPath(path), out var status) != 0)
        {
            throw File.Exists(path) || IsLink(path)
                ? new UserFileException(path, $"the file cannot be read ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())})", "name a readable file")
                : new UserFileException(path, "the file does not exist", "check the path");
        }
        if ((status.Mode & Type) != Regular)
        {
            throw new UserFileException(path, $"this is {Name(status.Mode & Type)}, not a regular file", "write what is to be read into a file and name that");
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static string Name(int type) => type switch
    {
        0x1000 => "a pipe",
        0x2000 or 0x6000 => "a device",
        0x4000 => "a folder",
        0xC000 => "a socket",
        _ => "something else",
    };

    [DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out FileStatus status);
}
