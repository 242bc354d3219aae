namespace Orchestrator.Platform.Files;

/// <summary>Files that nobody but their owner may read.</summary>
public static class PrivateFile
{
    /// <summary>Makes one, or empties one that is there.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return new FileStream(path, options);
    }
}
