using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>
/// How soon a cluster goes on after a fault. Asserts that it does, not how soon: machines differ. <c>eng/faults.sh</c> puts what was
/// measured into its report.
/// </summary>
public sealed class Recovery
{
    private const int Endless = 2_000_000;
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Recovery_of_a_worker_a_silo_and_a_broker_is_measured()
    {
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2, Workers = 3, Lease = TimeSpan.FromSeconds(15) }); // two runs: one worker is idle
        var sweep = (await cluster.Client().Submit(TestSweep.Untrained(Endless, runs: 1, from: 900), Cancellation)).Id;
        await Progresses(cluster, sweep, silo: 1);

        var (worker, run) = await Holder(cluster, sweep);
        var told = TimeProvider.System.GetUtcNow();
        Assert.Equal(0, await cluster.Stop(worker));
        await Report("a worker is told to stop, its run is claimed by another", await ClaimedSince(cluster, run, told), "2 s");
        cluster.StartWorker(worker);
        await cluster.Until("three workers again", async () => (await cluster.Client().ListWorkers(Cancellation)).Count == 3);

        (worker, run) = await Holder(cluster, sweep);
        var killed = TimeProvider.System.GetUtcNow();
        await cluster.Kill(worker);
        await Report("a worker is killed, its run is claimed by another", await ClaimedSince(cluster, run, killed), $"lease of {cluster.Lease.TotalSeconds} s + 1 s");

        foreach (var (silo, other) in new[] { (1, 2), (2, 1) })
        {
            var clock = Stopwatch.StartNew();
            await cluster.Kill($"silo{silo}");
            await Progresses(cluster, sweep, other);
            await Report($"a silo of two is killed ({(silo == 1 ? "the first" : "then the other")}), the sweep gets further", clock.Elapsed, "15 s");
            cluster.StartSilo(silo);
            await cluster.Until($"silo {silo} is back", async () => (await cluster.Client(silo).ListWorkers(Cancellation)).Count > 0);
        }

        await cluster.Broker.Kill();
        await cluster.Broker.StartConfigured();
        var back = Stopwatch.StartNew();
        await Progresses(cluster, sweep, silo: 1);
        await Report("the broker was killed and answers again, the sweep gets further", back.Elapsed, "15 s");
        Assert.Equal(SweepState.Cancelled, (await cluster.Client().CancelSweep(sweep, Cancellation)).State);
    }

    /// <summary>A worker that trains, and a run that it holds.</summary>
    private static async Task<(string Worker, string Run)> Holder(Cluster cluster, string sweep)
    {
        (string Worker, string Run)? found = null;
        await cluster.Until("a run is in training", async () =>
        {
            var runs = await cluster.Client().ListRuns(sweep, Cancellation);
            var details = await Task.WhenAll(runs.Where(r => r.State == RunState.Training).Select(r => cluster.Client().GetRun(r.Id, Cancellation)));
            found = details.Select(d => (d.Attempts![^1].Worker!.Split('#')[0], d.Id)).Cast<(string, string)?>().FirstOrDefault();
            return found is not null;
        });
        return found!.Value;
    }

    /// <summary>From a moment until a run is claimed again, by the silo's record.</summary>
    private static async Task<TimeSpan> ClaimedSince(Cluster cluster, string run, DateTimeOffset moment)
    {
        DateTimeOffset? claimed = null;
        await cluster.Until("the run is claimed again", async () =>
            (claimed = (await cluster.Client().GetRun(run, Cancellation)).Attempts!.Select(a => a.Started).FirstOrDefault(at => at > moment)) is not null);
        return claimed!.Value - moment;
    }

    /// <summary>Waits until every run has got further than it was at the first answer.</summary>
    private static async Task Progresses(Cluster cluster, string sweep, int silo)
    {
        IReadOnlyList<long>? from = null;
        await cluster.Until("every run gets further", async () =>
        {
            var done = (await cluster.Client(silo).GetProgress(sweep, Cancellation)).Groups.Select(g => g.StepsDone).ToList();
            from ??= done;
            return done.Zip(from).All(steps => steps.First > steps.Second);
        });
    }

    private static Task Report(string what, TimeSpan took, string wanted) => Report(what, string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:F1} s"), wanted);

    /// <summary>Tells what was measured, and adds it to the report of the faults.</summary>
    internal static async Task Report(string what, string took, string wanted)
    {
        var row = $"| {what} | {took} | {wanted} |";
        TestContext.Current.TestOutputHelper!.WriteLine(row);
        if (Environment.GetEnvironmentVariable("ORCHESTRATOR_RECOVERY_REPORT") is { Length: > 0 } file)
        {
            await File.AppendAllTextAsync(file, row + "\n", Cancellation);
        }
    }
}
