using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Faults.Tests;

/// <summary>What happens to the database (design.md, faults 11, 12 and 28).</summary>
public sealed class DatabaseFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Fault_11_a_database_that_stops_at_once_loses_nothing_that_was_acknowledged()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(20) });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await cluster.Database.Crash();

        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_12_a_database_that_is_slow_makes_nothing_wrong_and_no_worker_lose_its_run()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(20) });
        cluster.DatabaseOfSilos.Delay = TimeSpan.FromMilliseconds(100);
        await cluster.Client().Submit(sweep.Document, Cancellation);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }

    [Fact(Explicit = true)]
    public async Task A_silo_that_is_cut_off_from_its_database_is_not_ready_and_is_again_when_it_is_back()
    {
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1, Lease = TimeSpan.FromSeconds(90) });
        var sweep = (await cluster.Client().Submit(TestSweep.Untrained(4000, runs: 3, from: 2000), Cancellation)).Id;
        await cluster.InTraining("w1", atLeast: 300);

        foreach (var silent in new[] { false, true }) // a network that refuses, and one that swallows
        {
            var cut = Stopwatch.StartNew();
            Fail(cluster.DatabaseOfSilos, silent);
            await cluster.Until("the silo is not ready", async () => !await cluster.Client().IsReady(Cancellation));
            var noticed = cut.Elapsed;
            await Task.Delay(TimeSpan.FromSeconds(30) - (noticed < TimeSpan.FromSeconds(30) ? noticed : TimeSpan.FromSeconds(30)), Cancellation); // the length of the fault
            Assert.False(await cluster.Client().IsReady(Cancellation));
            cluster.DatabaseOfSilos.Mend();
            var mended = Stopwatch.StartNew();
            await cluster.Until("the silo is ready", () => cluster.Client().IsReady(Cancellation));
            await Recovery.Report(
                $"the network to the database {(silent ? "swallows" : "refuses")} everything for 30 s: the silo is not ready, and is again",
                string.Create(CultureInfo.InvariantCulture, $"after {noticed.TotalSeconds:F1} s, and {mended.Elapsed.TotalSeconds:F1} s after it is back"), "seconds");
        }

        await Invariants.HoldWithin(cluster, sweep, extraAttempts: 6);
    }

    private static void Fail(TcpProxy network, bool silent)
    {
        if (silent)
        {
            network.Silence();
        }
        else
        {
            network.Cut();
        }
    }

    [Fact(Explicit = true)]
    public async Task Fault_28_a_database_of_yesterday_is_brought_up_to_date_by_doing_again_what_it_does_not_know()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2 });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 1200);
        await cluster.Database.BackUp();
        await cluster.Until("the sweep has ended", async () => (await cluster.Client().GetSweep(sweep.Result.Sweep.Id, Cancellation)).Sweep.State == SweepState.Completed);
        Assert.Equal(0, await cluster.Stop("silo1"));
        Assert.Equal(0, await cluster.Stop("silo2"));

        await cluster.Database.Restore();
        cluster.StartSilo(1);
        cluster.StartSilo(2);

        await cluster.Until("silo 1 tells the state of yesterday", async () => (await cluster.Client().GetSweep(sweep.Result.Sweep.Id, Cancellation)).Sweep.State == SweepState.Running);
        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
    }
}
