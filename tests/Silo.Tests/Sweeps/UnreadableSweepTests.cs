using Microsoft.Data.Sqlite;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

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

    private void Damage(string sweep)
    {
        using var connection = new SqliteConnection($"Data Source={Directory.EnumerateFiles(_folder.Path, "*.db").Single()};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "update grain_states set payload = x'7b7b' where grain_key = @sweep";
        command.Parameters.AddWithValue("@sweep", sweep);
        Assert.True(command.ExecuteNonQuery() > 0, "no state of the sweep is stored");
    }
}
