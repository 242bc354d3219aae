using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>What happens to a worker (design.md, faults 1 to 3, 17, 18, 25).</summary>
public sealed class WorkerFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fault_01_a_worker_that_is_killed_loses_no_run_and_no_bit()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await cluster.Kill("w1");

        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
        Assert.Contains("continues from step", cluster.Worker("w2").Error, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task Fault_02_what_was_stored_and_not_yet_reported_when_its_worker_was_killed_counts_once()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1 });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 600);
        var before = cluster.CountArtifacts();
        cluster.BrokerOfWorkers.Silence(); // files are stored, reports are not heard
        await cluster.Until("the worker stored something more", () => Task.FromResult(cluster.CountArtifacts() > before));

        await cluster.Kill("w1");
        cluster.BrokerOfWorkers.Mend();
        cluster.StartWorker("w2");

        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_03_a_worker_that_sleeps_through_two_leases_is_refused_and_stops_itself()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start();
        await cluster.Client().Submit(sweep.Document, Cancellation);
        var held = await cluster.InTraining("w1", atLeast: 600);
        await cluster.Worker("w1").Signal("STOP");
        await cluster.Until("every run of the sleeper was lost", async () =>
            (await Task.WhenAll(held.Select(run => cluster.Client().GetRun(run, Cancellation)))).All(run => run.Attempts!.Any(a => a.Outcome == "lost")));

        await cluster.Worker("w1").Signal("CONT");

        await Invariants.Hold(cluster, sweep, extraAttempts: 2 * sweep.Weights.Count);
        await cluster.Until("the sleeper is at work or idle again, under the same name", async () =>
            (await cluster.Client().ListWorkers(Cancellation)).Any(w => w.Id.StartsWith("w1#", StringComparison.Ordinal)));
    }

    [Fact(Explicit = true)]
    public async Task Fault_17_a_checkpoint_that_was_flipped_is_found_by_its_hash_and_the_one_before_is_used()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1 });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 1200);
        await cluster.Kill("w1");
        cluster.DamageNewestCheckpoint();

        cluster.StartWorker("w2");

        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
        Assert.Contains("trying the one before", cluster.Worker("w2").Error, StringComparison.Ordinal);
    }

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Fault_18_a_worker_whose_clock_is_an_hour_off_works_like_any_other(int hours)
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1 });
        var begun = TimeProvider.System.GetUtcNow();
        cluster.StartWorker("off", FakeTime.Shifted(hours));
        await cluster.Client().Submit(sweep.Document, Cancellation);
        var held = await cluster.InTraining("off", atLeast: 600);

        // The table and doctor tell the silos' time, the log that of whoever wrote the line.
        var worker = Assert.Single(await cluster.Client().ListWorkers(Cancellation), w => w.Id.StartsWith("off#", StringComparison.Ordinal));
        Assert.InRange(worker.LastSeen, begun, TimeProvider.System.GetUtcNow());
        var doctor = await cluster.Run("doctor");
        Assert.True(doctor.ExitCode == 0, doctor.Output + doctor.Error);
        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        var lines = await cluster.Client().GetRunLogs(held[0], Cancellation);
        Assert.All(lines.Where(l => l.Source == worker.Id), l => Assert.InRange(l.At - begun.AddHours(hours), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(10)));
        Assert.All(lines.Where(l => l.Source == "control plane"), l => Assert.InRange(l.At - begun, TimeSpan.Zero, TimeSpan.FromMinutes(10)));
        Assert.Contains(lines, l => l.Source == worker.Id);
    }

    [Fact(Explicit = true)]
    public async Task Fault_25_workers_that_come_and_go_every_second_do_the_work_all_the_same()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1 });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        var changes = 0;
        await cluster.Until("the sweep has ended", async () =>
        {
            var name = $"guest{changes++}";
            cluster.StartWorker(name);
            await cluster.Until("the guest has said hello", () => Task.FromResult(cluster.Worker(name).Error.Contains("accepted", StringComparison.Ordinal)));
            Assert.Equal(0, await cluster.Stop(name));
            return (await cluster.Client().GetSweep(sweep.Result.Sweep.Id, Cancellation)).Sweep.State != Contracts.Api.SweepState.Running;
        });
        Assert.True(changes > 1, "the sweep ended before a second guest came");

        await Invariants.Hold(cluster, sweep, extraAttempts: changes * 4);
    }

    [Fact(Explicit = true)]
    public async Task Drain_a_worker_that_is_told_to_stop_gives_everything_back_and_exits_with_0()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start();
        await cluster.Client().Submit(sweep.Document, Cancellation);
        var held = await cluster.InTraining("w1", atLeast: 600);

        Assert.Equal(0, await cluster.Stop("w1"));

        var runs = await Task.WhenAll(held.Select(run => cluster.Client().GetRun(run, Cancellation)));
        Assert.All(runs, run => Assert.Contains(run.Attempts!, a => a.Worker!.StartsWith("w1#", StringComparison.Ordinal) && a.Outcome is "released" or "completed"));
        await Invariants.Hold(cluster, sweep, extraAttempts: held.Count);
        Assert.DoesNotContain(runs, run => run.State == RunState.Failed);
    }
}
