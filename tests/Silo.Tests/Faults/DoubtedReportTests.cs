using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Workers;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker;

namespace Orchestrator.Silo.Tests.Faults;

/// <summary>Reports about what the run is not, or about what nobody can see, and workers of another store.</summary>
public sealed class DoubtedReportTests
{
    [Fact]
    public async Task A_result_of_another_configuration_is_refused_and_the_run_is_handed_out_again()
    {
        using var folder = new TestFolder();
        using var gate = new Gate();
        var runner = new ScriptedRunner();
        runner.Before = (_, step) =>
        {
            if (step == 50)
            {
                gate.Pass();
            }
        };
        await using var cluster = await EmbeddedCluster.Start(folder, runner, slots: 1);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[1, 2]"), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        var waiting = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).First(r => r.State == RunState.Dispatched);
        var worker = cluster.Services.GetRequiredService<WorkerOptions>().WorkerId.Replace("local", "other", StringComparison.Ordinal); // of this process
        var (control, run) = (cluster.Services.GetRequiredService<GrainControlPlane>(), new RunAttempt(waiting.Id, 1));
        Assert.Single((await control.Claim(new ClaimPack(worker, "pack", [run], false), TestContext.Current.CancellationToken)).Granted);

        var reply = await control.Report(new RunReport(worker, run, [], [], new AttemptEnd(RunOutcome.Completed, 100, null, 0), "another"), TestContext.Current.CancellationToken);
        gate.Open();

        Assert.False(reply.Accepted);
        Assert.Contains("another configuration", reply.Reason, StringComparison.Ordinal);
        Assert.Equal(2, (await cluster.Client.Ended(submitted.Id)).Sweep.Runs.Completed);
        Assert.Equal(["refused", "completed"], (await cluster.Client.GetRun(waiting.Id, TestContext.Current.CancellationToken)).Attempts!.Select(a => a.Outcome));
    }

    [Fact]
    public async Task A_snapshot_that_is_not_in_the_control_planes_store_is_not_accepted_until_it_is()
    {
        using var folder = new TestFolder();
        using var gate = new Gate();
        var runner = new ScriptedRunner { Before = (_, _) => gate.Pass() };
        await using var cluster = await EmbeddedCluster.Start(folder, runner, slots: 1);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[1, 2]"), TestContext.Current.CancellationToken);
        await gate.Arrivals(1);
        var waiting = (await cluster.Client.ListRuns(submitted.Id, TestContext.Current.CancellationToken)).First(r => r.State == RunState.Dispatched);
        var worker = cluster.Services.GetRequiredService<WorkerOptions>().WorkerId.Replace("local", "other", StringComparison.Ordinal); // of this process
        var (control, run) = (cluster.Services.GetRequiredService<GrainControlPlane>(), new RunAttempt(waiting.Id, 1));
        Assert.Single((await control.Claim(new ClaimPack(worker, "pack", [run], false), TestContext.Current.CancellationToken)).Granted);
        byte[] weights = [1, 2, 3];
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(weights));
        var report = new RunReport(worker, run, [new MeasuredSnapshot(0, 1, [Measure.Heads], [], hash)], [], null, run.RunId);

        var before = await control.Report(report, TestContext.Current.CancellationToken);
        await cluster.Services.GetRequiredService<IArtifactStore>().Put(weights, TestContext.Current.CancellationToken);
        var after = await control.Report(report, TestContext.Current.CancellationToken);

        Assert.Equal((false, hash), (before.Accepted, Assert.Single(before.Unseen!)));
        Assert.True(after.Accepted);
        await control.Report(report with { Snapshots = [], End = new AttemptEnd(RunOutcome.Released, 0, "done", 0) }, TestContext.Current.CancellationToken);
        gate.Open();
    }

    [Fact]
    public async Task A_worker_with_another_artifact_store_is_refused_with_the_fix_and_gets_no_slots()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var (control, token) = (cluster.Services.GetRequiredService<GrainControlPlane>(), TestContext.Current.CancellationToken);
        var hello = new WorkerHello("far#1", "cpu", 1, "elsewhere", 8, [], new string('a', 64), Versions.Protocol, Versions.Trainer, Versions.Metrics);

        var refused = await control.Hello(hello, token);
        var shared = await cluster.Services.GetRequiredService<IArtifactStore>().Put(new byte[] { 1 }, token);
        var accepted = await control.Hello(hello with { Stored = shared }, token);

        Assert.False(refused.Accepted);
        Assert.Contains("elsewhere has another artifact store", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("--artifacts", refused.Reason, StringComparison.Ordinal);
        Assert.True(accepted.Accepted);
    }
}
