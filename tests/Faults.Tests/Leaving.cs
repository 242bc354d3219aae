using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>Workers that leave in the middle of a sweep, with the lease that clusters have by default: how soon others train what they held.</summary>
public sealed class Leaving
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(90);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Recovery_of_what_workers_held_that_were_told_to_stop_is_measured()
    {
        await using var cluster = await Start();
        var sweep = await Submit(cluster);
        var took = new List<TimeSpan>();
        for (var time = 0; time < 10; time++)
        {
            var (worker, held) = await Holder(cluster, sweep);
            var told = TimeProvider.System.GetUtcNow();
            Assert.Equal(0, await cluster.Stop(worker));
            took.AddRange(await Elsewhere(cluster, held, told));
            cluster.StartWorker(worker);
            await cluster.Until("two workers again", async () => (await cluster.Client().ListWorkers(Cancellation)).Count == 2);
        }
        await Tell(cluster, sweep, "a worker is told to stop in mid-sweep, 10 times: its runs train elsewhere", took, "2 s, at most 5 s");
        Assert.All(took, t => Assert.InRange(t, TimeSpan.Zero, DefaultLease / 3));
    }

    [Fact(Explicit = true)]
    public async Task Recovery_of_what_workers_held_that_were_killed_is_measured()
    {
        await using var cluster = await Start();
        var sweep = await Submit(cluster);
        var took = new List<TimeSpan>();
        for (var time = 0; time < 4; time++)
        {
            var (worker, held) = await Holder(cluster, sweep);
            var killed = TimeProvider.System.GetUtcNow();
            await cluster.Kill(worker);
            cluster.StartWorker(worker);
            took.AddRange(await Elsewhere(cluster, held, killed));
        }
        await Tell(cluster, sweep, "a worker is killed in mid-sweep, 4 times, with the default lease of 90 s: its runs train elsewhere", took, "91 s");
        Assert.All(took, t => Assert.InRange(t, TimeSpan.Zero, DefaultLease + TimeSpan.FromSeconds(10)));
    }

    [Fact(Explicit = true)]
    public async Task A_worker_that_is_told_to_stop_while_no_silo_answers_ends_in_order_within_its_grace()
    {
        await using var cluster = await Start();
        var sweep = await Submit(cluster);
        await Holder(cluster, sweep);
        await cluster.Kill("silo1");

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var codes = await Task.WhenAll(cluster.Stop("w1"), cluster.Stop("w2"));

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Equal([0, 0], codes);
        Assert.DoesNotContain("   at ", cluster.Worker("w1").Error, StringComparison.Ordinal);
        Assert.Contains("not acknowledged", cluster.Worker("w1").Error, StringComparison.Ordinal);
    }

    private static Task<Cluster> Start() => Cluster.Start(new ClusterSettings { Lease = DefaultLease });

    /// <summary>Many runs of about a second each, none packed with another.</summary>
    private static async Task<string> Submit(Cluster cluster) => (await cluster.Client().Submit(TestSweep.Read("""
        name: leaving
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 16 }
        data: { kind: repeated-segments, vocab: 16, segment: [4, 8] }
        train: { steps: 800, batch: 32 }
        snapshots: { every: 400 }
        measure: [heads]
        seeds: 0..1999
        """), Cancellation)).Id;

    /// <summary>A worker in the middle of runs, and which they are.</summary>
    private static async Task<(string Worker, IReadOnlyList<string> Held)> Holder(Cluster cluster, string sweep)
    {
        (string Worker, IReadOnlyList<string> Held)? found = null;
        await cluster.Until("both workers train", async () =>
        {
            var runs = (await cluster.Client().ListRuns(sweep, Cancellation)).Where(r => r.State == RunState.Training);
            var details = await Task.WhenAll(runs.Select(r => cluster.Client().GetRun(r.Id, Cancellation)));
            var holders = details.Where(d => d.State == RunState.Training).GroupBy(d => d.Attempts![^1].Worker!.Split('#')[0]).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
            found = holders.Count < 2 ? null : (holders[0].Key, [.. holders[0].Select(d => d.Id)]);
            return found is not null;
        });
        return found!.Value;
    }

    /// <summary>How long after a moment each run was claimed again, or ended before it had to be.</summary>
    private static async Task<IReadOnlyList<TimeSpan>> Elsewhere(Cluster cluster, IReadOnlyList<string> held, DateTimeOffset moment)
    {
        var took = new List<TimeSpan>();
        foreach (var run in held)
        {
            await cluster.Until($"run {run} is claimed again", async () =>
            {
                var detail = await cluster.Client().GetRun(run, Cancellation);
                var again = detail.Attempts!.FirstOrDefault(a => a.Started > moment);
                took.AddRange(again is null ? [] : [again.Started!.Value - moment]);
                return again is not null || detail.State == RunState.Completed;
            });
        }
        return took;
    }

    private static async Task Tell(Cluster cluster, string sweep, string what, List<TimeSpan> took, string wanted)
    {
        took.Sort();
        await Recovery.Report(what, string.Create(CultureInfo.InvariantCulture, $"median {took[took.Count / 2].TotalSeconds:F1} s, worst {took[^1].TotalSeconds:F1} s of {took.Count} runs"), wanted);
        Assert.Equal(SweepState.Cancelled, (await cluster.Client().CancelSweep(sweep, Cancellation)).State);
    }
}
