using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

public sealed class InterruptTests
{
    [Theory]
    [InlineData("quickstart", "./orchestrator quickstart")]
    [InlineData("quickstart --keep", "./orchestrator quickstart --keep")]
    [InlineData("sweep submit some.yaml --embedded", "./orchestrator sweep submit some.yaml --embedded")]
    [InlineData("sweep submit some.yaml --embedded --data lab", "./orchestrator sweep submit some.yaml --embedded --data lab")]
    public async Task Embedded_work_that_is_interrupted_is_130_stops_in_order_and_says_how_to_continue(string line, string command)
    {
        using var interrupted = new CancellationTokenSource();
        using var cli = new CliHarness { ControlPlane = new() { LooksToEnd = int.MaxValue, Looked = look => CancelAt(look, interrupted) } };
        var outcome = await cli.RunUntil(interrupted.Token, line.Split(' '));
        Assert.Equal((130, ""), (outcome.ExitCode, outcome.Output));
        Assert.EndsWith($"Continue with: {command}\n", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, cli.Stopped);
        Assert.False(DataFolderLock.IsHeld(cli.DataFolder));
    }

    [Theory]
    [InlineData("sweep watch last")]
    [InlineData("sweep submit f.yaml --watch")]
    public async Task Watching_a_server_that_is_interrupted_is_130_and_the_sweep_goes_on(string line)
    {
        using var interrupted = new CancellationTokenSource();
        var controlPlane = new FakeControlPlane { LooksToEnd = int.MaxValue, Looked = look => CancelAt(look, interrupted) };
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var outcome = await cli.RunUntil(interrupted.Token, line.Split(' '));
        Assert.Equal((130, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("the sweep goes on", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(controlPlane.Requests, request => request.Contains("cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dev_ends_in_order_with_0()
    {
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        var outcome = await new DevRun(cli).UntilAnnounced(["dev"], interrupted);
        Assert.Equal((0, 1), (outcome.ExitCode, cli.Stopped));
        Assert.False(DataFolderLock.IsHeld(cli.DataFolder));
        Assert.Null(DataFolderLock.ReadHolder(cli.DataFolder));
    }

    private static void CancelAt(int look, CancellationTokenSource interrupted)
    {
        if (look == 3)
        {
            interrupted.Cancel();
        }
    }
}
