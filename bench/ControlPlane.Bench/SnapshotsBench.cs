using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Specification;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What everything behind a measured snapshot costs: one pack of the quickstart's two-layer model that trains nothing, embedded.</summary>
internal static class SnapshotsBench
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    public static async Task Run(int runs)
    {
        Console.WriteLine($"{runs} runs in one pack, 16 snapshots each, weights of 165,000 bytes, a silo, worker and SQLite in one process; data in {Path.GetTempPath()}");
        var sweeps = 0;
        using var runner = new SnapshotRunner(TimeProvider.System);
        await using var cluster = await EmbeddedCluster.Start(slots: 1, Contracts.Work.DeviceClass.Cuda, runner);
        await Round("cold");
        await Round("warm");
        await Round("warm");
        (runner.Trains, runner.CheckpointEvery) = (TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(1));
        await Round("0.3 s before each, checkpoints once a second");

        async Task Round(string what)
        {
            var (used, written, kept, collected) = (ProcessUse.Of(Environment.ProcessId).CpuSeconds, Written(), runner.Checkpoints, GC.GetTotalPauseDuration());
            var from = Stopwatch.GetTimestamp();
            var submitted = await cluster.Client.Submit(Sweep(1_000_000L * ++sweeps, runs));
            await cluster.Ended(submitted.Id, Bound);
            var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            await cluster.Client.GetSweep(submitted.Id);
            var result = Stopwatch.GetElapsedTime(from).TotalSeconds - seconds;
            var (began, told) = runner.Packs;
            Measurements.Show(what, $"{seconds,8:F2} s", string.Create(CultureInfo.InvariantCulture,
                $"start {Stopwatch.GetElapsedTime(from, began).TotalSeconds:F2} s, slot's thread {Stopwatch.GetElapsedTime(began, told).TotalSeconds:F2} s, result after {result:F2} s; {ProcessUse.Of(Environment.ProcessId).CpuSeconds - used:F2} s CPU, {(Written() - written) / 1e6:N0} MB written, {runner.Checkpoints - kept} checkpoints, collector {(GC.GetTotalPauseDuration() - collected).TotalSeconds:F2} s"));
        }
    }

    /// <summary>Bytes that this process has had written to disks.</summary>
    private static long Written() => File.Exists("/proc/self/io")
        ? long.Parse(File.ReadLines("/proc/self/io").First(line => line.StartsWith("write_bytes:", StringComparison.Ordinal))["write_bytes:".Length..], CultureInfo.InvariantCulture)
        : 0;

    private static JsonObject Sweep(long seed, int runs) => SweepFile.Parse($$"""
        name: snapshots-{{seed}}
        model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32, positions: shortformer, position_scale: 2.0 }
        data:
          kind: mixture
          vocab: 32
          parts:
            - { kind: repeated-segments, weight: 0.6, segment: [8, 16] }
            - { kind: language, weight: 0.4 }
        train: { steps: 300, batch: 32, lr: 1.0e-2, warmup: 20 }
        snapshots: { every: 20 }
        measure: [heads, composition, terms, ablations, in-context-learning]
        seeds: {{seed}}..{{seed + runs - 1}}
        """, "bench.yaml") is { Value: { } sweep } ? sweep.Json : throw new InvalidOperationException("the sweep file cannot be read");
}
