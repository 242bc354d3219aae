using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Workers;

namespace Orchestrator.Silo.Tests.Messages;

/// <summary>One bad item among those of a message or a table costs the others nothing.</summary>
public sealed class ForeignItemTests
{
    private const string Worker = "lab#1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_cannot_be_asked_is_refused_and_the_others_of_its_pack_are_granted()
    {
        using var folder = new TestFolder();
        RunAttempt[] runs;
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner { HoldUntilDrained = (_, _) => true }))
        {
            var sweep = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..1", layers: "[2]"), Cancellation)).Id;
            await TestSweeps.Until(() => cluster.Client.ListRuns(sweep, Cancellation), all => all.All(run => run.State == RunState.Training));
            runs = [.. (await cluster.Client.ListRuns(sweep, Cancellation)).Select(run => new RunAttempt(run.Id, 2))];
        }
        Execute(folder, $"update grain_states set payload = x'7b7b' where grain_key = '{runs[0].RunId}'");

        await using var again = await EmbeddedCluster.Start(folder, null);
        var control = again.Services.GetRequiredService<GrainControlPlane>();
        var reply = await control.Claim(new ClaimPack(Worker, "pack", [.. runs, new RunAttempt(null!, 1)], false), Cancellation);
        Assert.Equal(runs[1].RunId, Assert.Single(reply.Granted.Select(g => g.Run.RunId).Concat(reply.Refused.Where(r => r.Run.RunId == runs[1].RunId).Select(r => r.Run.RunId))));
        Assert.Contains("cannot be read", Assert.Single(reply.Refused, r => r.Run == runs[0]).Reason, StringComparison.Ordinal);
        Assert.Contains(reply.Refused, r => r.Run.RunId is null);
        await Assert.ThrowsAnyAsync<Exception>(() => control.Claim(new ClaimPack(Worker, "pack", [runs[0]], false), Cancellation));
    }

    [Fact]
    public async Task A_heartbeat_with_nothing_in_some_places_renews_the_other_leases()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var reply = await cluster.Services.GetRequiredService<GrainControlPlane>().Beat(
            new Heartbeat(Worker, 0, [null!], [null!, new RunProgress(new RunAttempt("unknown", 1), 0, 0), new RunProgress(default, 0, 0)]), Cancellation);
        Assert.Equal("unknown", Assert.Single(reply.Stop).Run.RunId);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_hides_no_other()
    {
        using var folder = new TestFolder();
        string sweep;
        await using (var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner()))
        {
            sweep = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..2", layers: "[2]", every: 50), Cancellation)).Id;
            await cluster.Client.Ended(sweep);
        }
        Execute(folder, "update runs set state = 'enlightened' where run_index = 0; update runs set ended = 'yesterday' where run_index = 1;"
            + "update run_logs set level = 'loud' where number = (select min(number) from run_logs); update facts set measures = 'feelings' where step = 50");

        await using var again = await EmbeddedCluster.Start(folder, null, readOnly: true);
        var runs = await again.Client.ListRuns(sweep, Cancellation);
        Assert.Equal([RunState.Pending, RunState.Pending, RunState.Completed], runs.Select(run => run.State));
        Assert.NotEmpty(await again.Client.GetRunLogs(runs[2].Id, Cancellation));
        Assert.Equal([0, 100], (await again.Client.ListSnapshots(runs[2].Id, Cancellation)).Select(snapshot => snapshot.Step));
    }

    private static void Execute(TestFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={EmbeddedSiloOptions.DatabaseIn(folder.Path)};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Text of these tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.True(command.ExecuteNonQuery() > 0);
    }
}
