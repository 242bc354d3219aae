using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Workers;

namespace Orchestrator.Silo.Tests.Logs;

/// <summary>A run's log, from whoever had the run, while they are there and when they are gone.</summary>
public sealed class RunLogTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_runs_log_holds_its_way_from_dispatch_to_end_and_outlives_the_process()
    {
        using var folder = new TestFolder();
        string run;
        IReadOnlyList<RunLogLine> seen;
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..1", layers: "[2]"), Stop)).Id;
            await cluster.Client.Ended(id);
            run = (await cluster.Client.ListRuns(id, Stop))[0].Id;
            seen = await TestSweeps.Until(() => cluster.Client.GetRunLogs(run[..12], Stop), lines => lines.Any(l => Says(l, "Completed at step 100")) && lines.Any(l => l.Line == "completed"));
        }

        await using var later = await EmbeddedCluster.Start(folder, null); // its worker is gone, and this process has none
        var lines = await later.Client.GetRunLogs(run, Stop);

        Assert.Equal(seen, lines.Take(seen.Count));
        Assert.Equal(lines.Select(l => l.At).Order(), lines.Select(l => l.At));
        string[] way = ["handed out", "claimed by local#", "claimed on cpu", "snapshot of step 0 stored", "checkpoint of step 50 stored", "snapshot of step 100 stored", "Completed at step 100", "completed"];
        Assert.All(way, step => Assert.Single(lines, l => l.Line.StartsWith(step, StringComparison.Ordinal)));
        Assert.All(lines, l => Assert.Equal((1, false), (l.Attempt, Says(l, run)))); // the run stands at the head of its log, not in every line
        Assert.All(lines.Where(l => Says(l, "snapshot")), l => Assert.StartsWith("local#", l.Source, StringComparison.Ordinal));
        Assert.All(lines.Where(l => l.Line is "handed out" or "completed"), l => Assert.Equal("control plane", l.Source));
    }

    [Fact]
    public async Task What_a_worker_sends_is_stored_under_its_own_name_cleaned_and_bounded()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var id = (await cluster.Client.Submit(TestSweeps.Document(), Stop)).Id;
        var run = (await cluster.Client.ListRuns(id, Stop))[0].Id;
        var control = cluster.Services.GetRequiredService<GrainControlPlane>();

        var reply = await control.Log(new WorkerLog("evil#1", [.. Enumerable.Range(0, 5000).Select(i =>
            new RunLogEntry(run, 1, DateTimeOffset.UnixEpoch.AddSeconds(i), "control plane", i, LogSeverity.Information, $"\u001b[2J{i.ToString(CultureInfo.InvariantCulture)}\n{new string('x', 9000)}"))]), Stop);

        Assert.True(reply.Accepted);
        var lines = await TestSweeps.Until(() => cluster.Client.GetRunLogs(run, Stop), all => all.Count(l => l.Source == "evil#1") >= WorkerLog.MostLines);
        Assert.Equal(WorkerLog.MostLines, lines.Count(l => l.Source == "evil#1"));
        Assert.DoesNotContain(lines, l => l.Source == "control plane" && Says(l, "xxx"));
        Assert.All(lines, l => Assert.True(l.Line.Length <= RunLogEntry.MostBytes && !l.Line.Any(char.IsControl)));
    }

    [Fact]
    public async Task A_log_that_cannot_be_stored_costs_no_run_its_result()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(folder, "orchestrator.db")}"))
        {
            await database.OpenAsync(Stop);
            await using var command = database.CreateCommand();
            command.CommandText = "drop table run_logs";
            await command.ExecuteNonQueryAsync(Stop);
        }

        var id = (await cluster.Client.Submit(TestSweeps.Document(), Stop)).Id;

        Assert.Equal(6, (await cluster.Client.Ended(id)).Sweep.Runs.Completed);
    }

    private static bool Says(RunLogLine line, string text) => line.Line.Contains(text, StringComparison.Ordinal);
}
