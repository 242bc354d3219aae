using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Orchestrator.Faults.Tests;

/// <summary>What people see of a cluster: logs of runs, metrics, <c>doctor</c>.</summary>
public sealed class Observability
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Trains for longer than anybody looks.</summary>
    private const string Endless = """
        name: endless
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 16, position_scale: 2.0 }
        data: { kind: repeated-segments, vocab: 16, segment: [4, 8] }
        train: { steps: 10000000, batch: 8 }
        snapshots: { at: [10000000] }
        measure: [heads]
        seeds: 0..1
        """;

    [Fact]
    public async Task A_runs_log_outlives_its_worker_and_metrics_and_doctor_tell_how_the_cluster_stands()
    {
        await using var cluster = await Cluster.Start(new ClusterSettings { Workers = 1 });
        var client = cluster.Client();
        await client.Submit(TestSweep.Read(Endless), Cancellation);
        var run = (await cluster.InTraining("w1", atLeast: 0))[0];

        await cluster.Until("the metrics show the worker, its leases, and the queues with their consumers", async () =>
        {
            var metrics = await cluster.Metrics();
            return Value(metrics, "orchestrator_slots", "device=\"cpu\"") == 1 && Value(metrics, "orchestrator_slots_busy", "device=\"cpu\"") == 1
                && Value(metrics, "orchestrator_leases", "") > 0 && Value(metrics, "orchestrator_queue_consumers", "queue=\"train.cpu\"") == 1
                && Value(metrics, "orchestrator_queue_messages", "queue=\"control\"") is not null
                && Value(metrics, "orchestrator_broker_up", "") == 1 && Value(metrics, "orchestrator_database_up", "") == 1;
        });
        Assert.Contains(await client.ListQueues(Cancellation), queue => queue is { Name: "train.cpu", Consumers: 1 });
        var healthy = await cluster.Run("doctor", "--json");
        Assert.All(new[] { "RabbitMQ at", "control: ", "train.cpu: ", "schema version", "database's clock", "can be written and read", "a matrix product is right" },
            text => Assert.Contains(text, healthy.Output, StringComparison.Ordinal));
        Assert.Equal(0, healthy.ExitCode);

        Assert.Equal(0, await cluster.Stop("w1"));
        await cluster.Until("the log of a run that the worker had holds its farewell", async () =>
            (await client.GetRunLogs(run, Cancellation)).Any(l => l.Line.StartsWith("Released at step", StringComparison.Ordinal)));

        var lines = await client.GetRunLogs(run, Cancellation);
        Assert.Contains(lines, l => l is { Source: "control plane", Line: "handed out" });
        Assert.Contains(lines, l => l.Source.StartsWith("w1#", StringComparison.Ordinal) && l.Line.StartsWith("checkpoint of step", StringComparison.Ordinal));
        var shown = await cluster.Run("run", "logs", run);
        Assert.Equal((0, true), (shown.ExitCode, shown.Output.Contains("claimed by w1#", StringComparison.Ordinal)));
        var abandoned = await cluster.Run("doctor");
        Assert.DoesNotContain("secret-word", healthy.Output + healthy.Error + abandoned.Output + abandoned.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("guest:guest", healthy.Output + healthy.Error + abandoned.Output + abandoned.Error, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task One_trace_holds_what_silo_and_worker_did_for_a_run_across_the_broker()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var receiver = await OtlpReceiver.StartNew();
        await using var cluster = await Cluster.Start(new ClusterSettings { Environment = receiver.Environment });
        string command;
        using (var asked = new Activity("command") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start())
        {
            command = asked.TraceId.ToHexString();
            await cluster.Client().Submit(sweep.Document, Cancellation);
        }
        await Invariants.Hold(cluster, sweep, extraAttempts: 0);

        foreach (var run in sweep.Weights.Keys)
        {
            SentSpan[] trace = [];
            await cluster.Until("the last span of the run was sent", () =>
            {
                var root = receiver.Spans.FirstOrDefault(s => s.Name == "run" && s.Tags.GetValueOrDefault("run") == run);
                trace = [.. receiver.Spans.Where(s => s.TraceId == root?.TraceId)];
                return Task.FromResult(new[] { "model.report", "run.report" }.All(name => trace.Any(s => s.Name == name && s.Tags.GetValueOrDefault("outcome") == "Completed")));
            });
            Assert.Equal(command, Assert.Single(Assert.Single(trace, s => s.Name == "run").Links)); // submitted by this test
            var silo = trace.Single(s => s.Name == "run").Process;
            var worker = Assert.Single(trace.Where(s => s.Name == "run.train").Select(s => s.Process).Distinct());
            Assert.NotEqual(silo, worker);
            // A pack's messages travel in the trace of its first run.
            Assert.All(new[] { "run", "model.claim", "model.report" }, name => Assert.All(Named(trace, name), s => Assert.Equal(silo, s.Process)));
            Assert.All(new[] { "run.train", "snapshot.measure", "run.report" }, name => Assert.All(Named(trace, name), s => Assert.Equal(worker, s.Process)));
            Assert.Equal((11, 11), (Told(trace, "run.report"), Told(trace, "model.report")));
            // Each report was sent by the worker within its own span and received by the silo as a child of what was sent.
            var sent = trace.Where(s => s.Process == worker && s.Name.EndsWith(" send", StringComparison.Ordinal)).Select(s => s.SpanId).ToHashSet();
            Assert.Contains(trace, s => s.Process == silo && s.Name.EndsWith(" receive", StringComparison.Ordinal) && sent.Contains(s.ParentId));
        }
    }

    /// <summary>Snapshots in reports of that name.</summary>
    private static int Told(IEnumerable<SentSpan> trace, string name) =>
        Named(trace, name).Sum(s => s.Tags["snapshots"].Split(',', StringSplitOptions.RemoveEmptyEntries).Length);

    private static SentSpan[] Named(IEnumerable<SentSpan> trace, string name)
    {
        SentSpan[] named = [.. trace.Where(s => s.Name == name)];
        Assert.True(named.Length > 0, $"no span is called {name}");
        return named;
    }

    private static double? Value(string metrics, string name, string label) => metrics.Split('\n')
        .Where(line => Regex.IsMatch(line, $"^{name}(\\{{| )") && line.Contains(label, StringComparison.Ordinal))
        .Select(line => (double?)double.Parse(line.Split("} ")[^1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
}
