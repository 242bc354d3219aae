using System.Diagnostics;
using System.Globalization;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Faults.Tests;

/// <summary>
/// Sweep after sweep under random faults, and what the processes that live through it take of the machine (design.md, fault 27).
/// <c>eng/soak.sh</c> runs it for longer and keeps the report.
/// </summary>
public sealed class Soak
{
    private const int Steps = 4000;
    private const int Seeds = 3;
    private static readonly string[] Survivors = ["silo1", "w1"];
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Fault_27_minutes_of_random_faults_leave_memory_and_handles_flat_and_every_sweep_right()
    {
        var length = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("ORCHESTRATOR_SOAK_MINUTES") ?? "2", CultureInfo.InvariantCulture));
        var seed = int.Parse(Environment.GetEnvironmentVariable("ORCHESTRATOR_SOAK_SEED") ?? "27", CultureInfo.InvariantCulture);
        var first = await TestSweep.Undisturbed(Steps, Seeds);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2, Workers = 3 });
        var (faults, report) = (new RandomFaults(cluster, seed), new SoakReport(length, seed));
        var pace = TimeSpan.FromTicks(Math.Min(TimeSpan.FromMinutes(1).Ticks, length.Ticks / 24));
        var sweeps = new List<string>();
        var clock = Stopwatch.StartNew();
        var (nextFault, nextSample) = (TimeSpan.FromSeconds(10), TimeSpan.Zero);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (clock.Elapsed < length)
        {
            Assert.False(Survivors.Any(name => cluster.Process(name).HasExited), $"a process ended that nobody killed\n{cluster.Said()}");
            if (sweeps.Count == 0 || await HasEnded(cluster, sweeps[^1]))
            {
                var document = TestSweep.Untrained(Steps, Seeds, sweeps.Count * Seeds);
                await cluster.Until("the next sweep is submitted", async () =>
                {
                    sweeps.Add((await cluster.Client().Submit(document, Cancellation)).Id);
                    return true;
                });
            }
            if (clock.Elapsed >= nextSample)
            {
                report.Add(clock.Elapsed, Survivors.ToDictionary(name => name, name => ProcessFigures.Of(cluster.Process(name).Id)), faults.Count, sweeps.Count);
                nextSample = clock.Elapsed + pace;
            }
            if (clock.Elapsed >= nextFault)
            {
                await faults.Next();
                nextFault = clock.Elapsed + faults.Pause;
            }
            await tick.WaitForNextTickAsync(Cancellation);
        }

        // Every fault may cost each of the runs that are held at that moment an attempt.
        var extra = 2 * faults.Count * first.Weights.Count;
        foreach (var sweep in sweeps)
        {
            await Invariants.HoldWithin(cluster, sweep, extra);
        }
        await Invariants.Hold(cluster, first, extra);
        await Invariants.Hold(cluster, await TestSweep.Undisturbed(Steps, Seeds, (sweeps.Count - 1) * Seeds), extra);
        report.Add(clock.Elapsed, Survivors.ToDictionary(name => name, name => ProcessFigures.Of(cluster.Process(name).Id)), faults.Count, sweeps.Count);
        await report.Write(faults.Kinds, sweeps.Count * first.Weights.Count, Environment.GetEnvironmentVariable("ORCHESTRATOR_SOAK_REPORT"));
        report.IsFlat();
    }

    private static async Task<bool> HasEnded(Cluster cluster, string sweep)
    {
        try
        {
            return (await cluster.Client().GetSweep(sweep, Cancellation)).Sweep.State != SweepState.Running;
        }
        catch (Exception notNow) when (notNow is OrchestratorException or HttpRequestException or TaskCanceledException)
        {
            return false; // a fault is being injected: asked again at the next tick
        }
    }
}
