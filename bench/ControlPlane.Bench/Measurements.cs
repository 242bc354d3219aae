using System.Diagnostics;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>The questions that are asked of a control plane; each prints its answer.</summary>
internal sealed class Measurements(BenchCluster cluster)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10);

    /// <summary>Finished runs per second from submission to the sweep's end, and what one finished run leaves in memory.</summary>
    public async Task Throughput(int runs, bool packed)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        cluster.Runner.Reset();
        var (cpu, clock) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        var submitted = await cluster.Client.Submit(cluster.Sweep(runs, packed));
        await cluster.Ended(submitted.Id, Bound);
        var seconds = clock.Elapsed.TotalSeconds;
        var busy = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        var (packs, begun) = cluster.Runner.Begun;
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        Show($"{runs:N0} runs, {(double)begun / packs:F1} a pack", $"{runs / seconds,8:N0} runs/s", $"{busy / runs * 1e3:F2} ms CPU/run; {(double)left / runs,8:N0} bytes/run left; RSS {Environment.WorkingSet / 1e6:N0} MB");
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
        var submitted = await cluster.Client.Submit(cluster.Sweep(runs, packed: false));
        await cluster.Ended(submitted.Id, Bound);
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

    private static void Quantiles(string what, IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        Show(what, $"p50 {sorted[sorted.Length / 2]:F1} ms", $"p99 {sorted[(int)(sorted.Length * 0.99)]:F1} ms, n = {sorted.Length}");
    }

    private static void Show(string what, string result, string more) => Console.WriteLine($"{what,-45} {result,18}   {more}");
}
