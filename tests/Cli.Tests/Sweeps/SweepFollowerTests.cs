using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Sweeps;

public sealed class SweepFollowerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_server_that_restarts_while_it_is_watched_is_found_again()
    {
        var watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = await new FakeControlPlane { LooksToEnd = int.MaxValue, Looked = Look }.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var watching = cli.Run("sweep", "watch", "last", "--json");
        await watched.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);

        await server.DisposeAsync();
        await using var again = await new FakeControlPlane().Start(server.Address.Port);
        var outcome = await watching.WaitAsync(Bound, TestContext.Current.CancellationToken);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal("completed", (string?)outcome.Json["sweep"]!["state"]);

        void Look(int look)
        {
            if (look == 2) // the first answer has arrived
            {
                watched.TrySetResult();
            }
        }
    }

    [Fact]
    public async Task The_newest_sweep_stays_the_one_that_is_followed()
    {
        var controlPlane = new FakeControlPlane { LooksToEnd = 3 };
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Assert.Equal(0, (await cli.Run("sweep", "watch", "last")).ExitCode);
        Assert.Single(controlPlane.Requests, request => request.Contains("/last", StringComparison.Ordinal));
    }
}
