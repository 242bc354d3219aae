using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Orchestrator.Grains;
using Orchestrator.Silo.Telemetry;
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
        var traced = new Dictionary<string, string?>();
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            using (var activity = source.StartActivity("command"))
            {
                command = activity!.TraceId;
                id = (await cluster.Client.Submit(TestSweeps.Document("traced", "0..1", "[2]"), TestContext.Current.CancellationToken)).Id;
            }
            await cluster.Client.Ended(id);
            foreach (var run in await cluster.Client.ListRuns(id, TestContext.Current.CancellationToken))
            {
                traced[run.Id] = (await cluster.Client.GetRun(run.Id, TestContext.Current.CancellationToken)).Attempts![^1].Trace;
            }
        }

        var roots = spans.Where(s => s.OperationName == "run" && (string?)s.GetTagItem("sweep") == id).ToArray();
        Assert.Equal(2, roots.Length);
        Assert.Equal(2, roots.Select(r => r.TraceId).Distinct().Count());
        Assert.All(roots, root =>
        {
            Assert.Equal(command, Assert.Single(root.Links).Context.TraceId);
            Assert.Equal(root.TraceId.ToHexString(), traced[(string)root.GetTagItem("run")!]);
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

    [Theory]
    [InlineData("http://jaeger:16686/trace/{trace}?uiFind=run", "http://jaeger:16686/trace/0af7651916cd43dd8448eb211c80319c?uiFind=run")]
    [InlineData(null, null)]
    public void The_page_of_a_trace_is_where_the_setting_says(string? setting, string? page) =>
        Assert.Equal(page, Pages(setting).Of("0af7651916cd43dd8448eb211c80319c")?.ToString());

    [Theory]
    [InlineData("http://jaeger:16686/trace/")]
    [InlineData("{trace}")]
    [InlineData("javascript:alert('{trace}')")]
    public void A_setting_that_is_no_address_of_a_trace_is_refused_with_an_example(string setting) =>
        Assert.Contains("such as http://", Assert.Throws<SettingException>(() => Pages(setting)).Message, StringComparison.Ordinal);

    private static TracePages Pages(string? setting) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([new(TracePages.Variable, setting)]).Build());
}
