namespace Orchestrator.Faults.Tests;

/// <summary>What happens to the control plane (design.md, faults 5 to 7).</summary>
public sealed class SiloFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fault_05_killing_the_silo_that_holds_the_sweep_stops_nothing()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2 });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300, silo: 2);

        await cluster.Kill("silo1"); // whichever holds the sweep: both are killed, one after the other
        await cluster.Progresses(sweep, silo: 2);
        cluster.StartSilo(1);
        await cluster.Until("the first silo is back", async () => (await cluster.Client(1).ListWorkers(Cancellation)).Count > 0);
        await cluster.Kill("silo2");

        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_06_when_all_silos_are_killed_and_started_again_healthy_workers_keep_their_runs()
    {
        var sweep = await TestSweep.Undisturbed(steps: 8000, runs: 2);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2, Lease = TimeSpan.FromSeconds(30) });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await cluster.Kill("silo1");
        await cluster.Kill("silo2");
        cluster.StartSilo(1);
        cluster.StartSilo(2);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }

    [Fact(Explicit = true)]
    public async Task Fault_07_a_rolling_restart_under_load_costs_no_attempt()
    {
        var sweep = await TestSweep.Undisturbed(steps: 8000, runs: 2);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2, Lease = TimeSpan.FromSeconds(30) });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        foreach (var silo in new[] { 1, 2 })
        {
            Assert.Equal(0, await cluster.Stop($"silo{silo}"));
            cluster.StartSilo(silo);
            await cluster.Until($"silo {silo} is back", async () => (await cluster.Client(silo).ListWorkers(Cancellation)).Count == 2);
        }

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }
}
