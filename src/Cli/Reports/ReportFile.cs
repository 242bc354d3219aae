namespace Orchestrator.Cli.Reports;

/// <summary>Where reports stand and how files are written: whole or not at all.</summary>
internal static class ReportFile
{
    /// <summary>The report of a sweep in a data folder.</summary>
    public static string PathIn(string dataFolder, string sweepId) => Path.Combine(dataFolder, "reports", sweepId + ".html");

    /// <summary>Writes under a temporary name and renames.</summary>
    public static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}.new";
        File.WriteAllText(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }
}
