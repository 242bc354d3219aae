using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Sweeps;

namespace Orchestrator.Silo.Tests.Sweeps;

public sealed class UnreadableSweepTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sweep_that_cannot_be_read_is_listed_with_the_reason_and_hides_no_other()
    {
        string broken, good, run;
        await using (var cluster = await EmbeddedCluster.Start(_folder.Path, new ScriptedRunner()))
        {
            broken = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]", every: 50), Cancellation)).Id;
            await cluster.Client.Ended(broken);
            good = (await cluster.Client.Submit(TestSweeps.Document(seeds: "1", layers: "[2]", every: 50), Cancellation)).Id;
            await cluster.Client.Ended(good);
            run = (await cluster.Client.ListRuns(good, Cancellation))[0].Id;
        }
        Damage(broken);

        await using var again = await EmbeddedCluster.Start(_folder.Path, new ScriptedRunner());
        var sweeps = (await again.Client.ListSweeps(Cancellation)).ToDictionary(sweep => sweep.Id);

        Assert.Equal(SweepState.Completed, sweeps[good].State);
        Assert.Equal(SweepState.Unreadable, sweeps[broken].State);
        Assert.Contains(broken, sweeps[broken].Reason, StringComparison.Ordinal);
        Assert.Equal(RunState.Completed, (await again.Client.GetRun(run, Cancellation)).State);
        var missing = await Record.ExceptionAsync(() => again.Client.GetRun("zzzz", Cancellation)); // looks through every sweep
        Assert.Contains("zzzz", missing?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x'7b7b'", "'{{'")]
    [InlineData("cast(replace(cast(payload as text), 'layers', 'layerz') as blob)", "replace(document, 'layers', 'layerz')")] // of another version of this program
    public async Task What_is_asked_of_a_sweep_that_cannot_be_read_is_answered_with_the_reason_and_its_reminder_is_quiet(string payload, string document)
    {
        string sweep, run;
        await using (var cluster = await EmbeddedCluster.Start(_folder.Path, null)) // nobody trains: it stays open
        {
            sweep = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]"), Cancellation)).Id;
            run = (await cluster.Client.ListRuns(sweep, Cancellation))[0].Id;
        }
        Damage(sweep, payload, document);

        await using var again = await EmbeddedCluster.Start(_folder.Path, null);
        foreach (var ask in new Func<Task>[]
        {
            () => again.Client.GetSweep(sweep, Cancellation), () => again.Client.ListRuns(sweep, Cancellation), () => again.Client.CancelSweep(sweep, Cancellation),
            () => again.Client.GetHeads(sweep, cancellation: Cancellation), () => again.Client.GetProgress(sweep, Cancellation), () => again.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]"), Cancellation),
        })
        {
            var refused = await Assert.ThrowsAsync<ServerErrorException>(ask);
            Assert.Contains(sweep, refused.Message, StringComparison.Ordinal);
            Assert.Contains("cannot be read", refused.Message, StringComparison.Ordinal);
        }
        await Assert.ThrowsAsync<ServerErrorException>(() => again.Client.CancelRun(run, Cancellation));
        var reminded = again.Services.GetRequiredService<IGrainFactory>().GetGrain<ISweepGrain>(sweep).AsReference<IRemindable>();
        await reminded.ReceiveReminder("supervise", default, Cancellation); // an error of its own at every tick would be one a minute, for ever
    }

    [Fact]
    public async Task A_run_that_cannot_be_read_fails_and_its_sweep_ends_with_the_others()
    {
        string sweep, run;
        var held = new ScriptedRunner { HoldUntilDrained = (_, step) => step == 50 };
        await using (var cluster = await EmbeddedCluster.Start(_folder.Path, held))
        {
            sweep = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..2", layers: "[2]", every: 50), Cancellation)).Id;
            run = (await TestSweeps.Until(() => cluster.Client.ListRuns(sweep, Cancellation), runs => runs.Any(r => r.State == RunState.Training))).First(r => r.State == RunState.Training).Id;
        }
        Damage(run);

        await using var again = await EmbeddedCluster.Start(_folder.Path, new ScriptedRunner());
        await again.Client.Ended(sweep);
        var runs = (await again.Client.GetSweep(sweep, Cancellation)).Sweep.Runs;

        Assert.Equal((2, 1), (runs.Completed, runs.Failed));
        Assert.Contains("cannot be read", (await again.Client.ListRuns(sweep, Cancellation)).Single(r => r.Id == run).Reason, StringComparison.Ordinal);
    }

    private void Damage(string key, string payload = "x'7b7b'", string document = "'{{'")
    {
        using var connection = new SqliteConnection($"Data Source={Directory.EnumerateFiles(_folder.Path, "*.db").Single()};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Text of this test.
        command.CommandText = $"update grain_states set payload = {payload} where grain_key = @key; update sweeps set document = {document} where sweep_id = @key";
#pragma warning restore CA2100
        command.Parameters.AddWithValue("@key", key);
        Assert.True(command.ExecuteNonQuery() > 0, "nothing of it is stored");
    }
}
