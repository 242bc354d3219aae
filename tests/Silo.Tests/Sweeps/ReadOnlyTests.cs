using Microsoft.Data.Sqlite;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Silo.Tests.Sweeps;

/// <summary>A control plane that was started to answer questions, on what a process that ended in the middle has left.</summary>
public sealed class ReadOnlyTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reading_changes_nothing_and_an_open_sweep_stays_as_it_was()
    {
        var id = await LeaveOpenSweep();
        var before = Content();
        var files = Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories);
        await using (var reading = await EmbeddedCluster.Start(_folder.Path, null, readOnly: true))
        {
            Assert.Equal(id, Assert.Single(await reading.Client.ListSweeps(Cancellation)).Id);
            Assert.Equal(SweepState.Running, (await reading.Client.GetSweep("last", Cancellation)).Sweep.State);
            await reading.Client.GetProgress(id, Cancellation);
            await reading.Client.GetHeads(id, "final", cancellation: Cancellation);
            await reading.Client.GetTrajectory(id, Cancellation);
            await reading.Client.ListWorkers(Cancellation);
            await reading.Client.Plan(TestSweeps.Document(), Cancellation);
            foreach (var run in await reading.Client.ListRuns(id, Cancellation))
            {
                await reading.Client.GetRun(run.Id, Cancellation);
            }
        }
        Assert.Equal(before, Content());
        Assert.Equal(files.Order(), Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task What_would_write_is_refused()
    {
        var id = await LeaveOpenSweep();
        var before = Content();
        await using (var reading = await EmbeddedCluster.Start(_folder.Path, null, readOnly: true))
        {
            await Assert.ThrowsAsync<ServerErrorException>(() => reading.Client.CancelSweep(id, Cancellation));
        }
        Assert.Equal(before, Content());
    }

    private async Task<string> LeaveOpenSweep()
    {
        var runner = new ScriptedRunner { HoldUntilDrained = (_, step) => step == 50 };
        await using var cluster = await EmbeddedCluster.Start(_folder.Path, runner);
        var submitted = await cluster.Client.Submit(TestSweeps.Document(), Cancellation);
        await TestSweeps.Until(() => Task.FromResult(runner.Begun.Count), begun => begun > 0);
        return submitted.Id;
    }

    /// <summary>Every row of every table.</summary>
    private string Content()
    {
        using var connection = new SqliteConnection($"Data Source={EmbeddedSiloOptions.DatabaseIn(_folder.Path)};Pooling=False");
        connection.Open();
        var text = new System.Text.StringBuilder();
        foreach (var table in new[] { "grain_states", "sweeps", "runs", "facts", "run_logs" })
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names of this test.
            command.CommandText = $"select * from {table} order by 1, 2";
#pragma warning restore CA2100
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                text.Append(table);
                for (var column = 0; column < rows.FieldCount; column++)
                {
                    text.Append('|').Append(rows.GetValue(column) is byte[] bytes ? Convert.ToHexString(bytes) : rows.GetValue(column));
                }
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}
