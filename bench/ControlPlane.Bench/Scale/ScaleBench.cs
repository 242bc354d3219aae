using System.Diagnostics;
using System.Globalization;
using Orchestrator.Specification;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>How a real silo on a real broker and database bears many workers: one line of numbers for each size.</summary>
internal static class ScaleBench
{
    private const int MostCarriers = 4;

    public static async Task Run(ScaleOptions options)
    {
        Console.WriteLine(
            $"runs of {options.RunTime.TotalSeconds:N0} s (3/4 to 5/4 of it), one a slot; {options.SlotsPerWorker} slots a worker; 6 snapshots with all measures, a checkpoint every {options.CheckpointEvery.TotalSeconds:N0} s, " +
            $"heartbeats every 10 s, leases of 90 s; all workers in this process over at most {MostCarriers} x 2 connections; one silo, RabbitMQ and PostgreSQL in processes of their own on this machine; no artifact files");
        foreach (var slots in options.Slots)
        {
            await Point(slots, options);
        }
    }

    private static async Task Point(int slots, ScaleOptions options)
    {
        await using var services = await Services.Start();
        var (runner, calls) = (new WaitingRunner(options, TimeProvider.System), new Calls());
        var workers = Math.Max(1, slots / options.SlotsPerWorker);
        var carriers = new List<Carrier>();
        var perCarrier = (workers + MostCarriers - 1) / MostCarriers;
        var clock = Stopwatch.StartNew();
        for (var left = workers; left > 0; left -= perCarrier)
        {
            carriers.Add(await Carrier.Start(services.Broker, services.Artifacts, carriers.Count, Math.Min(left, perCarrier), options, runner, calls));
        }
        using var client = new HttpClient { BaseAddress = services.Address };
        var joined = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var runs = Math.Max(1000, slots * (int)Math.Ceiling(4 + 3 * options.Measure / options.RunTime));
        var orchestrator = services.Client();
        await orchestrator.Submit(SweepFile.Parse(Specification(runs), "scale.yaml") is { Value: { } sweep } ? sweep.Json : throw new InvalidOperationException("the sweep of the simulation is wrong"));
        var filled = await Filled(runner, workers * options.SlotsPerWorker, options);
        Measurements.Show($"== {slots:N0} slots, {workers:N0} workers", $"{runner.Busy:N0} busy", $"workers joined in {joined:F1} s; {(filled ? "all slots" : "NOT ALL SLOTS")} filled {clock.Elapsed.TotalSeconds:F1} s after submission");

        await Task.Delay(TimeSpan.FromSeconds(Math.Min(options.RunTime.TotalSeconds, 60)));
        calls.Reset();
        runner.Gaps.Clear();
        var (ended, used, stored, busy) = (runner.Ended, ProcessUse.Of(services.Processes), await Rounds.Stored(services), new List<int>());
        clock.Restart();
        using (var second = new PeriodicTimer(TimeSpan.FromSeconds(1)))
        {
            while (clock.Elapsed < options.Measure && await second.WaitForNextTickAsync())
            {
                busy.Add(runner.Busy);
            }
        }
        var seconds = clock.Elapsed.TotalSeconds;
        var (now, after, done) = (ProcessUse.Of(services.Processes), await Rounds.Stored(services), runner.Ended - ended);
        var took = calls.Took;
        var metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var asked = took.Values.Sum(t => t.Count);

        Measurements.Show("runs ended", $"{done / seconds:F1} /s", $"{slots / options.RunTime.TotalSeconds:F1}/s if no slot ever stands idle; busy slots {busy.Average():N0} on the mean of {busy.Count} looks");
        Measurements.Show("calls", $"{asked / seconds:N0} /s", $"at most {(2 * asked + done) / seconds:N0} messages/s with answers and packs (calls that are made at once share one): {string.Join(", ", took.OrderByDescending(t => t.Value.Count).Select(t => $"{t.Key} {t.Value.Count / seconds:F1}"))}; not answered {calls.Failed}");
        Measurements.Show("CPU, cores", $"{now.Sum(u => u.Value.CpuSeconds - used[u.Key].CpuSeconds) / seconds:F2} of {Environment.ProcessorCount}", string.Join(", ", now.Select(u => $"{u.Key} {(u.Value.CpuSeconds - used[u.Key].CpuSeconds) / seconds:F2}")));
        Measurements.Show("memory, MB", "", string.Join(", ", now.Select(u => $"{u.Key} {u.Value.MemoryBytes / 1e6:N0}")));
        Measurements.Show("database", $"{(after.Commits - stored.Commits) / seconds:N0} transactions/s", done == 0 ? "" : $"{(after.Wal - stored.Wal) / seconds / 1e6:F2} MB/s of log; {(after.Bytes - stored.Bytes) / done:N0} bytes stored a run");
        foreach (var kind in (string[])["heartbeat", "claim", "snapshot", "finish"])
        {
            Measurements.Quantiles($"answer to a {kind}", took.GetValueOrDefault(kind, []));
        }
        Measurements.Quantiles("idle slot to next run", [.. runner.Gaps]);
        Measurements.Show("leases lost / reports refused / repairs", $"{Sum(metrics, "orchestrator_leases_lost")} / {Sum(metrics, "orchestrator_reports_refused")} / {Sum(metrics, "orchestrator_repairs")}", "by the silo's own metrics, since its start");
        clock.Restart();
        await Task.WhenAll(carriers.Select(carrier => carrier.Drain()));
        Measurements.Show("drain of every worker at once", $"{clock.Elapsed.TotalSeconds:F1} s", "until every run is given back with a checkpoint and every farewell answered");
        foreach (var carrier in carriers)
        {
            await carrier.DisposeAsync();
        }
    }

    /// <summary>The quickstart's two-layer model, with a batch that fills a slot, and every measure.</summary>
    private static string Specification(int runs) => $$"""
        name: scale
        model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32 }
        data: { kind: repeated-segments, vocab: 32, segment: [8, 16] }
        train: { steps: 300, batch: 32, warmup: 20 }
        snapshots: { every: 60 }
        seeds: 1..{{runs}}
        """;

    /// <summary>Waits until every slot is in a run, or until a whole run's time has brought no more.</summary>
    private static async Task<bool> Filled(WaitingRunner runner, int slots, ScaleOptions options)
    {
        var (most, since) = (0, Stopwatch.StartNew());
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (runner.Busy < slots && since.Elapsed < options.RunTime)
        {
            if (runner.Busy > most)
            {
                most = runner.Busy;
                since.Restart();
            }
            await pace.WaitForNextTickAsync();
        }
        return runner.Busy >= slots;
    }

    /// <summary>The sum of one metric over its labels; 0 if nothing was counted yet.</summary>
    private static double Sum(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[line.Contains('}', StringComparison.Ordinal) ? 0 : 1], CultureInfo.InvariantCulture));
}
