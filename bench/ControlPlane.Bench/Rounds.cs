using Orchestrator.ControlPlane.Bench.Peers;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What is asked of each kind of control plane, in which order.</summary>
internal static class Rounds
{
    private const string Writes = "3 durable writes and 2 calls a run (dispatched; claimed; both snapshots and the end)";

    public static async Task Embedded(int runs)
    {
        Console.WriteLine($"SQLite in {Path.GetTempPath()}; {Writes}");
        await using (var latency = await EmbeddedCluster.Start(slots: 2))
        {
            await Latency(latency);
        }
        await using var throughput = await EmbeddedCluster.Start(slots: 16);
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

    public static async Task Cluster(int runs)
    {
        Console.WriteLine($"RabbitMQ (quorum queues), PostgreSQL and one silo in processes of their own, the worker in this one; all on this machine, data in {Path.GetTempPath()}; {Writes}");
        await using (var latency = await ServedCluster.Start(slots: 2))
        {
            await Latency(latency);
        }
        double alone, packs;
        IReadOnlyDictionary<string, double> peers;
        await using (var throughput = await ServedCluster.Start(slots: 16))
        {
            Console.WriteLine("-- 16 slots, one cluster for all rounds");
            var measure = new Measurements(throughput);
            await measure.Throughput(2 * runs, packed: false); // warms up: each process compiles its hot code anew
            alone = await Median(() => measure.Throughput(runs, packed: false));
            await measure.Throughput(runs / 5, packed: true);
            packs = await Median(() => measure.Throughput(4 * runs, packed: true));
            peers = await PythonPeers.Run(throughput.Services, runs); // the cluster stands idle beside them
        }
        foreach (var (peer, rate) in peers)
        {
            Measurements.Show($"ours against {peer}", $"{alone / rate:F1} x alone", $"{packs / rate:F1} x in packs (medians of 3 rounds)");
        }
    }

    public static async Task Growth(int runs)
    {
        await using var cluster = await ServedCluster.Start(slots: 16);
        var measure = new Measurements(cluster);
        await measure.Throughput(1_000, packed: true);
        var before = await Stored(cluster.Services);
        await measure.Growth(runs, packed: true);
        var after = await Stored(cluster.Services);
        Measurements.Show("database", $"{(after.Bytes - before.Bytes) / runs:N0} bytes/run", $"{(after.Wal - before.Wal) / runs:N0} bytes of log a run, {(after.Commits - before.Commits) / runs:F2} transactions a run");
    }

    /// <summary>Size of everything stored, log written, transactions.</summary>
    public static async Task<(double Bytes, double Wal, double Commits)> Stored(Services services) => (
        await services.Ask("select pg_database_size(current_database())"),
        await services.Ask("select wal_bytes from pg_stat_wal"),
        await services.Ask("select xact_commit from pg_stat_database where datname = current_database()"));

    private static async Task Latency(BenchCluster cluster)
    {
        Console.WriteLine("-- 2 slots");
        var measure = new Measurements(cluster);
        await measure.FirstStart(5); // warms up
        await measure.FirstStart(30);
        await measure.IdleSlots(200, TimeSpan.FromMilliseconds(50));
        await measure.Submissions(10_000);
    }

    /// <summary>The median of three rounds.</summary>
    private static async Task<double> Median(Func<Task<double>> round)
    {
        double[] rates = [await round(), await round(), await round()];
        return rates.Order().ElementAt(1);
    }
}
