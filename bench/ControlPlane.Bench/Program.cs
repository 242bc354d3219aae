using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.ControlPlane.Bench;

// dotnet run -c Release --project bench/ControlPlane.Bench [-- RUNS]
// Runs that train nothing through the embedded control plane. RUNS (default 5000) sets the length of the throughput rounds;
// growth is shown by three rounds on one server, the second four times as long as the others.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var runs = args is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 5_000;
var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
Console.WriteLine($"embedded: {Environment.ProcessorCount} cores, load {load} before, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; SQLite in {Path.GetTempPath()}; 5 durable writes a run (dispatched, claimed, 2 snapshots, finished)");

await using (var latency = await BenchCluster.Start(slots: 2))
{
    Console.WriteLine("-- 2 slots");
    var measure = new Measurements(latency);
    await measure.FirstStart(5); // warms up
    await measure.FirstStart(30);
    await measure.IdleSlots(200, TimeSpan.FromMilliseconds(50));
    await measure.Submissions(10_000);
}

await using (var throughput = await BenchCluster.Start(slots: 16))
{
    Console.WriteLine("-- 16 slots, one server for all rounds");
    var measure = new Measurements(throughput);
    await measure.Throughput(runs / 5, packed: false); // warms up
    foreach (var packed in (bool[])[false, true])
    {
        await measure.Throughput(runs, packed);
        await measure.Throughput(4 * runs, packed);
        await measure.Throughput(runs, packed);
    }
}
