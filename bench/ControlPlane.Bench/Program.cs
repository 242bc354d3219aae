using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.ControlPlane.Bench;
using Orchestrator.ControlPlane.Bench.Peers;
using Orchestrator.ControlPlane.Bench.Scale;

// dotnet run -c Release --project bench/ControlPlane.Bench [-- VERB] [NUMBER]
//   embedded [RUNS]    silo, in-memory bus, worker and SQLite in one process (what runs if no verb is given)
//   cluster [RUNS]     the same questions of a silo on a private RabbitMQ and PostgreSQL; then Celery and Dask on the same machine and broker
//   growth [RUNS]      one long sweep of packs on the cluster (default 100000)
//   scale [--slots 10,100,1000] [--seconds 60] [--checkpoint-every 10] [--measure 90]
//                      many workers that wait where others train, against a real silo
//   viewers [RUNS]     what fifty open pages cost the silo of the cluster while a sweep reports (default 10000)
//   snapshots [RUNS]   one pack that trains nothing and reports 16 snapshots a run, with weights (default 256)
// RUNS (default 5000) sets the length of the throughput rounds.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var verb = args.Length > 0 && !int.TryParse(args[0], out _) ? args[0] : "embedded";
var runs = args.Select(a => int.TryParse(a, out var count) ? count : 0).FirstOrDefault(count => count > 0);
var load = File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..2]) : "unknown";
Console.WriteLine($"{verb}: {Environment.ProcessorCount} cores, load {load} before (1 and 5 min), {RuntimeInformation.OSDescription}, .NET {Environment.Version}");
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
switch (verb)
{
    case "embedded":
        await Rounds.Embedded(runs > 0 ? runs : 5_000);
        return 0;
    case "cluster":
        await Rounds.Cluster(runs > 0 ? runs : 5_000);
        return 0;
    case "growth":
        await Rounds.Growth(runs > 0 ? runs : 100_000);
        return 0;
    case "viewers":
        await ViewersBench.Run(runs > 0 ? runs : 10_000);
        return 0;
    case "snapshots":
        await SnapshotsBench.Run(runs > 0 ? runs : 256);
        return 0;
    case "peers":
        await using (var services = await Services.Start())
        {
            await PythonPeers.Run(services, runs > 0 ? runs : 5_000);
        }
        return 0;
    case "scale":
        await ScaleBench.Run(ScaleOptions.Parse(args[1..]));
        return 0;
    default:
        Console.Error.WriteLine($"'{verb}' is none of embedded, cluster, growth, viewers, snapshots, peers, scale");
        return 2;
}

static void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    _ = Services.EndAll();
}
