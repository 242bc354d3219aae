using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>What happens to an artifact store behind a network.</summary>
public sealed class StoreFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_whose_server_cuts_uploads_and_is_busy_for_moments_costs_no_attempt_and_ends_without_checkpoints()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var bucket = await S3Server.StartNew();
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(20), Store = bucket, Environment = S3Server.Credentials });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        bucket.CutUploads(1); // together less than the tries of one request
        bucket.BeUnavailable(2);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        await cluster.Until("what is left in the bucket are the snapshots", () => Task.FromResult(bucket.Objects.Count == 11 * sweep.Weights.Count));
    }

    [Fact(Explicit = true)]
    public async Task A_bucket_whose_server_is_away_for_leases_is_waited_for_and_costs_no_attempt()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var bucket = await S3Server.StartNew();
        await using var cluster = await Cluster.Start(new ClusterSettings { Store = bucket, Environment = S3Server.Credentials });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        bucket.BeUnavailable(int.MaxValue);
        await cluster.Says("the artifact store takes no file, waiting for it");
        await Task.Delay(3 * cluster.Lease, Cancellation); // the length of the fault
        bucket.BeUnavailable(0);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }

    [Fact(Explicit = true)]
    public async Task Fault_16_on_a_full_disk_runs_wait_and_say_why_and_no_torn_artifact_shows()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        using var folder = new TestFolder();
        var (disk, refusal) = await SmallDisk.Mount(folder, mebibytes: 8);
        Assert.SkipWhen(disk is null, refusal ?? "");
        await using var mounted = disk;
        // Artifacts go there, and whatever else a worker writes.
        await using var cluster = await Cluster.Start(new ClusterSettings { Disk = disk, Environment = new Dictionary<string, string> { ["TMPDIR"] = disk.Folder } });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await disk.Fill();
        await cluster.Says("is full; make room");
        await Task.Delay(3 * cluster.Lease, Cancellation); // the length of the fault
        await cluster.NoArtifactIsTorn();
        Assert.Contains(await cluster.Client().ListRuns("last", Cancellation), run => run.State == RunState.Training);
        await disk.MakeRoom();

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        await cluster.NoArtifactIsTorn();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(cluster.Artifacts, "incoming")));
    }

    [Fact]
    public async Task A_worker_whose_key_the_bucket_does_not_know_ends_at_its_start_with_the_fix_and_without_the_secret()
    {
        await using var bucket = await S3Server.StartNew();
        using var folder = new TestFolder();
        await using var worker = CommandLine.Start(
            folder, new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "NOBODY", ["AWS_SECRET_ACCESS_KEY"] = "hunter2hunter2" },
            "worker", "--device", "cpu", "--slots", "1", "--rabbitmq", "amqp://127.0.0.1:1", "--artifacts", $"s3://{S3Server.Bucket}", "--s3-endpoint", bucket.Address.ToString());

        var outcome = await worker.End();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"error: the artifact store 's3://{S3Server.Bucket}/'", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", outcome.Error, StringComparison.Ordinal);
    }
}
