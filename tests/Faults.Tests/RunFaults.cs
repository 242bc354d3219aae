using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>Runs that cannot succeed, or not here (design.md, fault 4).</summary>
public sealed class RunFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Leaves the numbers at its second step.</summary>
    private const string Diverging = """
        name: diverging
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 16, position_scale: 2.0 }
        data: { kind: repeated-segments, vocab: 16, segment: [4, 8] }
        train: { steps: 1000, batch: 8, lr: 1.0e+30 }
        snapshots: { at: [1000] }
        measure: [heads]
        seeds: 0..1
        """;

    /// <summary>Wants a GiB for one step, and next to nothing for measuring the first weights.</summary>
    private const string TooLarge = """
        name: too-large
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 512, position_scale: 2.0 }
        data: { kind: repeated-segments, vocab: 16, segment: [4, 8] }
        train: { steps: 1000, batch: 2048 }
        snapshots: { at: [1000] }
        measure: [heads]
        seeds: 0..1
        """;

    [Fact(Explicit = true)]
    public async Task Fault_04_a_loss_that_is_no_number_fails_its_run_at_once_and_no_other()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        var diverging = (await cluster.Client().Submit(TestSweep.Read(Diverging), Cancellation)).Id;
        await cluster.Client().Submit(sweep.Document, Cancellation);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        var failed = await Failed(cluster, diverging);
        Assert.All(failed, run =>
        {
            Assert.Contains("the loss became NaN after step", run.Reason, StringComparison.Ordinal);
            Assert.Contains("lower train.lr", run.Reason, StringComparison.Ordinal);
            Assert.Equal("failed", Assert.Single(run.Attempts!).Outcome); // the same again would fail the same way
        });
    }

    [Fact(Explicit = true)]
    public async Task Fault_04_a_run_that_does_not_fit_into_memory_is_tried_again_and_then_failed_with_what_to_change()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(30) }); // longer than measuring the first weights takes
        await cluster.LimitMemory("w1", mebibytes: 400);
        await cluster.LimitMemory("w2", mebibytes: 400);
        var large = (await cluster.Client().Submit(TestSweep.Read(TooLarge), Cancellation)).Id;
        await cluster.Client().Submit(sweep.Document, Cancellation);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        var failed = await Failed(cluster, large);
        Assert.All(failed, run =>
        {
            Assert.Contains("3 attempts in a row", run.Reason, StringComparison.Ordinal);
            Assert.Contains("not enough memory for", run.Reason, StringComparison.Ordinal);
            Assert.Contains("a smaller batch or a smaller model", run.Reason, StringComparison.Ordinal);
            Assert.Equal(["faulted", "faulted", "faulted"], run.Attempts!.Select(a => a.Outcome));
        });
    }

    /// <summary>The runs of a sweep that failed, after it has ended and every slot of the same two workers is free again.</summary>
    private static async Task<IReadOnlyList<RunDetail>> Failed(Cluster cluster, string sweep)
    {
        var client = cluster.Client();
        await cluster.Until("the sweep has failed", async () => (await client.GetSweep(sweep, Cancellation)).Sweep.State == SweepState.Failed);
        await cluster.Until("every slot is free", async () => (await client.ListWorkers(Cancellation)) is { Count: 2 } workers && workers.All(w => w.Busy == 0));
        Assert.False(cluster.Worker("w1").HasExited || cluster.Worker("w2").HasExited, cluster.Said());
        var runs = await Task.WhenAll((await client.ListRuns(sweep, Cancellation)).Select(run => client.GetRun(run.Id, Cancellation)));
        Assert.All(runs, run => Assert.Equal(RunState.Failed, run.State));
        return runs;
    }
}
