using System.Diagnostics;
using System.Security.Cryptography;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>What a test wants to know of a cluster before it does something to it.</summary>
internal static class ClusterState
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Waits until a worker holds runs of which one has come so far; the ids of all that it holds.</summary>
    public static async Task<IReadOnlyList<string>> InTraining(this Cluster cluster, string worker, int atLeast, int silo = 1)
    {
        IReadOnlyList<string> held = [];
        await cluster.Until($"{worker} trains and has come to step {atLeast}", async () =>
        {
            var runs = await cluster.Client(silo).ListRuns("last", Cancellation);
            var open = runs.Where(r => r.State is RunState.Training or RunState.Measuring).ToList();
            var details = await Task.WhenAll(open.Select(r => cluster.Client(silo).GetRun(r.Id, Cancellation)));
            var mine = details.Where(d => d.State is RunState.Training or RunState.Measuring && d.Attempts![^1].Worker!.StartsWith(worker + "#", StringComparison.Ordinal)).ToList();
            held = [.. mine.Select(d => d.Id)];
            return mine.Any(d => d.Steps >= atLeast);
        });
        return held;
    }

    /// <summary>Waits until a sweep has got further than it was when this was called, or has ended.</summary>
    public static async Task Progresses(this Cluster cluster, TestSweep sweep, int silo)
    {
        var from = -1L;
        await cluster.Until("the sweep gets further", async () =>
        {
            var progress = await cluster.Client(silo).GetProgress(sweep.Result.Sweep.Id, Cancellation);
            var done = progress.Groups.Sum(g => g.StepsDone);
            from = from < 0 ? done : from;
            return done > from || progress.Sweep.State != SweepState.Running;
        });
    }

    /// <summary>Gives a worker no more address space than it has and so many MiB.</summary>
    public static async Task LimitMemory(this Cluster cluster, string worker, long mebibytes)
    {
        var id = cluster.Worker(worker).Id;
        var size = ProcessFigures.Of(id).AddressSpace + (mebibytes << 20);
        using var limit = Process.Start("prlimit", [$"--pid={id}", $"--as={size}"]);
        await limit.WaitForExitAsync(Cancellation);
        Assert.Equal(0, limit.ExitCode);
    }

    /// <summary>Files in the artifact store.</summary>
    public static int CountArtifacts(this Cluster cluster) => cluster.ArtifactFiles().Count();

    /// <summary>Waits until the log of some run says something.</summary>
    public static Task Says(this Cluster cluster, string text, int silo = 1) => cluster.Until($"the log of a run says '{text}'", async () =>
    {
        var runs = await cluster.Client(silo).ListRuns("last", Cancellation);
        var logs = await Task.WhenAll(runs.Select(run => cluster.Client(silo).GetRunLogs(run.Id, Cancellation)));
        return logs.Any(log => log.Any(line => line.Line.Contains(text, StringComparison.Ordinal)));
    });

    /// <summary>Fails where a file that has a name in the artifact store is not what its name says.</summary>
    public static async Task NoArtifactIsTorn(this Cluster cluster)
    {
        foreach (var file in cluster.ArtifactFiles())
        {
            byte[] content;
            try
            {
                content = await File.ReadAllBytesAsync(file, Cancellation);
            }
            catch (FileNotFoundException)
            {
                continue; // a checkpoint that was no longer needed
            }
            Assert.Equal(Path.GetFileName(file), Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }

    /// <summary>Flips one bit in the middle of the newest file that is a checkpoint (snapshots of these models are smaller than their optimizer states).</summary>
    public static void DamageNewestCheckpoint(this Cluster cluster)
    {
        var files = cluster.ArtifactFiles().Select(file => new FileInfo(file)).ToList();
        var smallest = files.Min(file => file.Length);
        var newest = files.Where(file => file.Length > 2 * smallest).MaxBy(file => file.LastWriteTimeUtc)!;
        using var stream = newest.Open(FileMode.Open, FileAccess.ReadWrite);
        stream.Position = stream.Length / 2;
        var flipped = (byte)(stream.ReadByte() ^ 1);
        stream.Position = stream.Length / 2;
        stream.WriteByte(flipped);
    }

    private static IEnumerable<string> ArtifactFiles(this Cluster cluster) =>
        Directory.EnumerateFiles(cluster.Artifacts, "*", SearchOption.AllDirectories).Where(file => !file.Contains("incoming", StringComparison.Ordinal));
}
