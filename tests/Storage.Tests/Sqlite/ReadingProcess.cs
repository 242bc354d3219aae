using System.Diagnostics;
using Orchestrator.Storage.Sqlite;

namespace Orchestrator.Storage.Tests.Sqlite;

/// <summary>This executable as a process that only reads a database, in a folder that nobody can write: not even root, under which tests may run.</summary>
internal static class ReadingProcess
{
    public const string Verb = "read-without-writing";

    /// <summary>What it says, or why this machine cannot do it.</summary>
    public static async Task<(string Said, string? Refusal)> Start(string path)
    {
        var start = new ProcessStartInfo(
            "unshare",
            ["--user", "--map-root-user", "--mount", "sh", "-c", "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$0\" \"$2\" \"$3\"", Environment.ProcessPath!, Path.GetDirectoryName(path)!, Verb, path])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (said, process.ExitCode == 0 ? null : $"a folder cannot be made unwritable here: {(await error).Trim()}");
    }

    public static async Task<int> Run(string path)
    {
        try
        {
            await using var database = new SqliteDatabase(path, readOnly: true);
            Console.WriteLine($"read: {(await database.Look(CancellationToken.None)).Schema}");
        }
        catch (StorageException refused)
        {
            Console.WriteLine(refused.Message);
        }
        return 0;
    }
}
