using System.Diagnostics;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>The questions that are asked of a control plane; each prints its answer.</summary>
internal sealed class Measurements(BenchCluster cluster)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(15);

    /// <summary>Finished runs per second from submission to the sweep's end, what they cost, and what one finished run leaves in this process's memory.</summary>
    public async Task<double> Throughput(int runs, bool packed)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        cluster.Runner.Reset();
        var used = ProcessUse.Of(cluster.Processes);
        var clock = Stopwatch.StartNew();
        await Sweep(runs, packed);
        var rate = runs / clock.Elapsed.TotalSeconds;
        var now = ProcessUse.Of(cluster.Processes);
        var (packs, begun) = cluster.Runner.Begun;
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        var cpu = cluster.Processes.Keys.Select(name => (Name: name, Milliseconds: (now[name].CpuSeconds - used[name].CpuSeconds) / runs * 1e3)).ToArray();
        Show($"{runs:N0} runs, {(double)begun / packs:F1} a pack", $"{rate,8:N0} runs/s",
            $"{cpu.Sum(c => c.Milliseconds):F2} ms CPU/run{(cpu.Length == 1 ? "" : $" ({string.Join(", ", cpu.Select(c => $"{c.Name} {c.Milliseconds:F2}"))})")}; " +
            $"{(double)left / runs:N0} bytes/run left in this process; RSS MB: {string.Join(", ", now.Select(u => $"{u.Key} {u.Value.MemoryBytes / 1e6:N0}"))}");
        return rate;
    }

    /// <summary>One long sweep: what the last tenth of its runs cost, against the first.</summary>
    public async Task Growth(int runs, bool packed)
    {
        cluster.Runner.Reset();
        var (before, clock) = (ProcessUse.Of(cluster.Processes), Stopwatch.StartNew());
        cluster.Runner.MarkEvery(runs / 10);
        await Sweep(runs, packed);
        var seconds = clock.Elapsed.TotalSeconds;
        double[] tenths = [.. cluster.Runner.Marks.Zip(cluster.Runner.Marks.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds)];
        var after = ProcessUse.Of(cluster.Processes);
        Show($"{runs:N0} runs in one sweep: last tenth / second", $"{tenths[^1] / tenths[0],8:F2}", $"{runs / seconds:N0} runs/s; seconds of each tenth after the first mark: {string.Join(" ", tenths.Select(t => $"{t:F1}"))}");
        Show("  memory, before to after", "", string.Join(", ", after.Select(u => $"{u.Key} {before[u.Key].MemoryBytes / 1e6:N0} to {u.Value.MemoryBytes / 1e6:N0} MB")));
    }

    /// <summary>From a submission to the first run's start, on an idle server.</summary>
    public async Task FirstStart(int times)
    {
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var sweep = cluster.Sweep(1, packed: false);
            var start = cluster.Runner.NextStart();
            var from = Stopwatch.GetTimestamp();
            var submitted = await cluster.Client.Submit(sweep);
            took.Add(Stopwatch.GetElapsedTime(from, await start.WaitAsync(Bound)).TotalMilliseconds);
            await cluster.Ended(submitted.Id, Bound);
        }
        Quantiles($"submission to first start, {times} times", took);
    }

    /// <summary>From the end of one run on a slot to the start of the next on it, while runs take a while.</summary>
    public async Task IdleSlots(int runs, TimeSpan takes)
    {
        cluster.Runner.Reset();
        cluster.Runner.Takes = takes;
        await Sweep(runs, packed: false);
        cluster.Runner.Takes = TimeSpan.Zero;
        Quantiles($"idle slot to next run, runs of {takes.TotalMilliseconds} ms", [.. cluster.Runner.Gaps]);
    }

    /// <summary>How long planning and submitting take to answer.</summary>
    public async Task Submissions(int runs)
    {
        var sweep = cluster.Sweep(runs, packed: true);
        var clock = Stopwatch.StartNew();
        await cluster.Client.Plan(sweep);
        var planned = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        var submitted = await cluster.Client.Submit(sweep);
        Show($"plan / submit {runs:N0} runs", $"{planned:N0} / {clock.Elapsed.TotalMilliseconds:N0} ms", "");
        await cluster.Client.CancelSweep(submitted.Id);
    }

    /// <summary>One line of a table.</summary>
    public static void Show(string what, string result, string more) => Console.WriteLine($"{what,-50} {result,18}   {more}");

    /// <summary>Median and 99th percentile, in milliseconds.</summary>
    public static void Quantiles(string what, IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length > 0)
        {
            Show(what, $"p50 {sorted[sorted.Length / 2]:F1} ms", $"p99 {sorted[(int)(sorted.Length * 0.99)]:F1} ms, n = {sorted.Length}");
        }
    }

    private async Task Sweep(int runs, bool packed)
    {
        var submitted = await cluster.Client.Submit(cluster.Sweep(runs, packed));
        await cluster.Runner.Ran(runs).WaitAsync(Bound);
        await cluster.Ended(submitted.Id, Bound);
    }
}
