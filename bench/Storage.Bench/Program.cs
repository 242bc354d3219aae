using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Storage;
using Orchestrator.Storage.Bench;
using Orchestrator.Storage.Catalogue;
using Orleans.Storage;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Rounds = 3;
var time = TimeSpan.FromSeconds(3);
var folder = Directory.CreateTempSubdirectory("storage-bench-").FullName;
var services = new ServiceCollection();
_ = args switch
{
    [] => services.AddSqliteStorage(Path.Combine(folder, "state.db")),
    ["sqlite", var path] => services.AddSqliteStorage(Path.Combine(path, $"bench-{Environment.ProcessId}.db")),
    ["postgres", var connection] => services.AddPostgresStorage(connection),
    _ => throw new ArgumentException("usage: Storage.Bench [sqlite FOLDER | postgres CONNECTION]  (an empty database)"),
};

await using var provider = services.BuildServiceProvider();
var storage = provider.GetRequiredKeyedService<IGrainStorage>("Default");
var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
Console.WriteLine($"{(args is [] ? "sqlite" : args[0])}: {Environment.ProcessorCount} cores, load {load} before, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; {Rounds} rounds of {time.TotalSeconds} s");

var run = 0;
await Show("update, 500 B, 256 grains", 1, () => Load.Updates(storage, 256, time, $"plain{run}", _ => new Plain(), s => s.Number++));
await Show("update, 500 B, 1 grain", 1, () => Load.Updates(storage, 1, time, $"alone{run}", _ => new Plain(), s => s.Number++));
await Show("read + first write, 256 at a time", 1, () => Load.Activations(storage, 256, time, $"new{run}", _ => new Plain()));
await Show("update with its run row, 256 grains", 1, () => Load.Updates(storage, 256, time, $"listed{run}", g => new Measured { Index = g }, s => s.Number++));
await Show("update with row and 1 vector, 256 grains (head rows)", Measured.Heads, () => Load.Updates(storage, 256, time, $"one{run}", g => Runs(g, 1), s => s.Number++));
await Show("update with row and 32 vectors, 64 grains (head rows)", 32 * Measured.Heads, () => Load.Updates(storage, 64, time, $"many{run}", g => Runs(g, 32), s => s.Number++));

var clock = Stopwatch.StartNew();
long vectors = 0;
await foreach (var (_, fact) in provider.GetRequiredService<IFactStore>().Sweep("bench"))
{
    vectors += fact.Values.Length > 0 ? 1 : 0;
}
Console.WriteLine($"{"read a sweep's vectors (head rows)",-55} {vectors * Measured.Heads / clock.Elapsed.TotalSeconds,12:N0} /s   {vectors:N0} vectors in {clock.Elapsed.TotalSeconds:F2} s");
if (Directory.EnumerateFiles(folder).Sum(f => new FileInfo(f).Length) is > 0 and var bytes)
{
    Console.WriteLine($"file: {bytes / 1e6:N0} MB");
}
await provider.DisposeAsync();
Directory.Delete(folder, recursive: true);

Measured Runs(int grain, int count) => new() { Index = run * 1_000 + grain, Vectors = count };

async Task Show(string what, int scale, Func<Task<Load.Round>> round)
{
    var results = new List<Load.Round>();
    for (var i = 0; i < Rounds; i++, run++)
    {
        results.Add(await round());
    }
    var median = results.OrderBy(r => r.PerSecond).ElementAt(Rounds / 2);
    Console.WriteLine(
        $"{what,-55} {median.PerSecond * scale,12:N0} /s   p50 {median.MedianMilliseconds,6:F1} ms  p99 {median.P99Milliseconds,6:F1} ms   " +
        $"({results.Min(r => r.PerSecond) * scale:N0}-{results.Max(r => r.PerSecond) * scale:N0})");
}
