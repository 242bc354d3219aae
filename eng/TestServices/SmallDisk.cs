using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.TestServices;

/// <summary>
/// A disk of a few MiB that can be filled: a file system in memory, in a mount namespace of its own. It is there for processes that
/// are started in it, and ends with the process that holds it. Needs no root where user namespaces are allowed.
/// </summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private readonly Process _holder;
    private CancellationTokenSource? _filling;
    private Task _filled = Task.CompletedTask;

    private SmallDisk(Process holder, string folder) => (_holder, Folder) = (holder, folder);

    /// <summary>Where processes in it see it.</summary>
    public string Folder { get; }

    /// <summary>Where everybody else sees it.</summary>
    public string Outside => $"/proc/{_holder.Id}/root{Folder}";

    /// <summary>Mounts one over a folder; null with the reason where this machine does not allow it.</summary>
    public static async Task<(SmallDisk? Disk, string? Refusal)> Mount(string folder, int mebibytes)
    {
        var start = new ProcessStartInfo("unshare",
            ["--user", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={mebibytes.ToString(CultureInfo.InvariantCulture)}m tmpfs \"$0\" && echo mounted && exec cat", folder])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true }; // its end of the pipe goes with this process
        var holder = Process.Start(start)!;
        if (await holder.StandardOutput.ReadLineAsync() == "mounted")
        {
            return (new SmallDisk(holder, folder), null);
        }
        var reason = await holder.StandardError.ReadToEndAsync();
        holder.Dispose();
        return (null, $"a disk of one's own cannot be mounted here: {reason.Trim()}");
    }

    /// <summary>What stands before a command so that it runs where the disk is.</summary>
    /// <param name="workingFolder">Where the command begins.</param>
    public IReadOnlyList<string> Launcher(string workingFolder) =>
        ["nsenter", "--target", _holder.Id.ToString(CultureInfo.InvariantCulture), "--user", "--mount", "--preserve-credentials", $"--wd={workingFolder}"];

    /// <summary>Takes all room there is, and all that is freed from now on.</summary>
    public async Task Fill()
    {
        _filling = new CancellationTokenSource();
        await using (var ballast = File.OpenWrite(Ballast))
        {
            TakeAll(ballast);
        }
        _filled = KeepFull(_filling.Token);
    }

    /// <summary>Gives the room back.</summary>
    public async Task MakeRoom()
    {
        if (_filling is not null)
        {
            await _filling.CancelAsync();
            await _filled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _filling.Dispose();
            _filling = null;
            File.Delete(Ballast);
        }
    }

    /// <summary>Ends the disk, with everything on it.</summary>
    public async ValueTask DisposeAsync()
    {
        await MakeRoom();
        _holder.Kill();
        await _holder.WaitForExitAsync(CancellationToken.None);
        _holder.Dispose();
    }

    private string Ballast => Path.Combine(Outside, "ballast");

    private async Task KeepFull(CancellationToken until)
    {
        await using var ballast = File.OpenWrite(Ballast);
        ballast.Seek(0, SeekOrigin.End);
        using var pace = new PeriodicTimer(Pace);
        while (await pace.WaitForNextTickAsync(until))
        {
            TakeAll(ballast);
        }
    }

    private static void TakeAll(FileStream ballast)
    {
        try
        {
            var page = new byte[4096];
            while (true)
            {
                RandomAccess.Write(ballast.SafeFileHandle, page, RandomAccess.GetLength(ballast.SafeFileHandle));
            }
        }
        catch (IOException)
        {
            // full: what was asked for
        }
    }
}
