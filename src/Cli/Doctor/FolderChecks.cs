using System.Globalization;
using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.Doctor;

/// <summary>What the data folder must offer: a place to write, space, and nobody else who holds it.</summary>
internal static class FolderChecks
{
    private const long Low = 2L << 30;
    private const long TooLow = 200L << 20;

    public static Finding Writable(string folder)
    {
        var existing = Existing(folder);
        if (File.Exists(existing))
        {
            return Finding.Problem("data folder", $"{folder} cannot be made: {existing} is a file", "name another folder with --data (or ORCHESTRATOR_DATA)");
        }
        var probe = Path.Combine(existing, $".orchestrator-probe-{Environment.ProcessId}");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return Finding.Ok("data folder", Directory.Exists(folder) ? $"{folder} can be written" : $"{folder} does not exist yet and can be made");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Finding.Problem("data folder", $"{folder} cannot be written: {error.Message}", "mend its permissions, or name another folder with --data (or ORCHESTRATOR_DATA)");
        }
    }

    public static Finding Space(string folder)
    {
        var free = new DriveInfo(Existing(folder)).AvailableFreeSpace;
        var detail = $"{Gigabytes(free)} free for {folder}";
        return free switch
        {
            < TooLow => Finding.Problem("disk space", detail, "make room, or name a folder on another disk with --data (or ORCHESTRATOR_DATA)"),
            < Low => Finding.Warning("disk space", detail, "a large sweep keeps weights of every snapshot: make room before it, or name a folder on another disk with --data"),
            _ => Finding.Ok("disk space", detail),
        };
    }

    public static async Task<Finding> Lock(string folder, ServerLocator locator, CancellationToken cancellation)
    {
        if (!DataFolderLock.IsHeld(folder))
        {
            return Finding.Ok("lock", "no process works on the data folder");
        }
        var holder = DataFolderLock.ReadHolder(folder);
        if (holder is null)
        {
            return Finding.Warning("lock", "a process holds the data folder and has not said where it answers", "if it just started, ask again; else find it with: fuser " + Path.Combine(folder, "lock"));
        }
        return await locator.Answers(holder.Url, cancellation)
            ? Finding.Ok("lock", $"process {holder.Pid} works on the data folder and answers at {holder.Url}")
            : Finding.Problem("lock", $"process {holder.Pid} holds the data folder but does not answer at {holder.Url}", $"end it: kill {holder.Pid}");
    }

    /// <summary>The folder, or the nearest thing above it that exists.</summary>
    private static string Existing(string folder)
    {
        var candidate = folder;
        while (!Path.Exists(candidate) && Path.GetDirectoryName(candidate) is { } parent)
        {
            candidate = parent;
        }
        return candidate;
    }

    private static string Gigabytes(long bytes) => (bytes / (double)(1L << 30)).ToString("F1", CultureInfo.InvariantCulture) + " GiB";
}
