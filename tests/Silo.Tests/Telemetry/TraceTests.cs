using System.Collections.Concurrent;
using System.Diagnostics;
using Orchestrator.Grains;
using Orchestrator.Worker;

namespace Orchestrator.Silo.Tests.Telemetry;

/// <summary>One trace per run, from its dispatch over the bus and the worker to its end.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task Every_span_of_a_run_lies_in_the_runs_own_trace_which_links_to_the_command()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is GrainTelemetry.Name or WorkerTelemetry.Name or "MassTransit" or "Test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("Test");
        using var folder = new TestFolder();
        string id;
        ActivityTraceId command;
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            using (var activity = source.StartActivity("command"))
            {
                command = activity!.TraceId;
                id = (await cluster.Client.Submit(TestSweeps.Document("traced", "0..1", "[2]"), TestContext.Current.CancellationToken)).Id;
            }
            await cluster.Client.Ended(id);
        }

        var roots = spans.Where(s => s.OperationName == "run" && (string?)s.GetTagItem("sweep") == id).ToArray();
        Assert.Equal(2, roots.Length);
        Assert.Equal(2, roots.Select(r => r.TraceId).Distinct().Count());
        Assert.All(roots, root =>
        {
            Assert.Equal(command, Assert.Single(root.Links).Context.TraceId);
            var trace = spans.Where(s => s.TraceId == root.TraceId).ToArray();
            var names = trace.Select(s => s.OperationName).ToArray();
            Assert.Contains("pack.publish", names);
            Assert.Contains("model.claim", names);
            foreach (var reports in new[] { "run.report", "model.report" })
            {
                var told = trace.Where(s => s.OperationName == reports).ToArray();
                Assert.Equal(3, told.SelectMany(s => ((string)s.GetTagItem("snapshots")!).Split(',', StringSplitOptions.RemoveEmptyEntries)).Distinct().Count());
                Assert.Single(told, s => (string?)s.GetTagItem("outcome") == "Completed");
            }
            Assert.Contains(names, n => n.Contains("send", StringComparison.Ordinal));
            Assert.Contains(names, n => n.Contains("receive", StringComparison.Ordinal));
        });
    }
}
