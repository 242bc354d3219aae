using Microsoft.AspNetCore.Builder;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Tests.Serving;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Cli.Tests.Hosting;

public sealed class ServerLocatorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_at_the_default_address_is_used_before_the_data_folder()
    {
        var controlPlane = new FakeControlPlane();
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Assert.Equal(0, (await cli.Run("sweep", "list")).ExitCode);
        Assert.Contains("GET /api/v1/sweeps", controlPlane.Requests);
        Assert.Empty(cli.Started);
        Assert.False(Directory.Exists(cli.DataFolder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_nobody_named_is_told_where_the_folder_here_has_sweeps_of_its_own(bool hasSweeps)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address, HasSweeps = hasSweeps };
        var outcome = await cli.Run("sweep", "list", "--json");
        Assert.Equal(hasSweeps, outcome.Error.Contains($"asking the server at {server.Address}, not {cli.DataFolder}", StringComparison.Ordinal));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Single(outcome.Json.AsArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_data_folder_that_was_named_goes_before_the_server_that_nobody_named(bool byEnvironment)
    {
        var controlPlane = new FakeControlPlane();
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var folder = Path.Combine(cli.Folder, "lab");
        CliHarness.Trained(folder);
        if (byEnvironment)
        {
            cli.Environment["ORCHESTRATOR_DATA"] = folder;
        }
        Assert.Equal(0, (await cli.Run(byEnvironment ? ["sweep", "list"] : ["sweep", "list", "--data", "lab"])).ExitCode);
        Assert.Empty(controlPlane.Requests);
        Assert.Equal(folder, Assert.Single(cli.Started).DataFolder);
    }

    [Fact]
    public async Task The_environment_names_server_and_token()
    {
        var controlPlane = new FakeControlPlane();
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness();
        cli.Environment["ORCHESTRATOR_URL"] = server.Address.ToString();
        Assert.Equal(0, (await cli.Run("workers")).ExitCode);
        Assert.Equal(["GET /api/v1/workers"], controlPlane.Requests);
    }

    [Theory]
    [InlineData("sweep list")]
    [InlineData("sweep plan f.yaml")]
    [InlineData("sweep show last")]
    [InlineData("heads last")]
    [InlineData("run show a1")]
    public async Task Without_a_server_reading_opens_the_data_folder_here_without_a_worker_and_gives_it_back(string line)
    {
        using var cli = new CliHarness { HasSweeps = true };
        Assert.Equal(0, (await cli.Run(line.Split(' '))).ExitCode);
        var options = Assert.Single(cli.Started);
        Assert.Equal((cli.DataFolder, false), (options.DataFolder, options.WithWorker));
        Assert.Equal(1, cli.Stopped);
        Assert.False(DataFolderLock.IsHeld(cli.DataFolder));
    }

    [Fact]
    public async Task Readers_of_one_folder_each_have_a_server_of_their_own_and_hold_nobody_up()
    {
        using var cli = new CliHarness { HasSweeps = true };
        CliHarness.Trained(cli.DataFolder);
        await using var first = await Locator(cli).ForReading(Cancellation);
        await using var second = await Locator(cli).ForReading(Cancellation);
        Assert.Equal((2, 2), (cli.Started.Count(s => s.ReadOnly), cli.Started.Count));
        Assert.NotEqual(first.Client.Address, second.Client.Address);
        Assert.Equal(0, (await cli.Run("sweep", "cancel", "last")).ExitCode);
        Assert.Equal(["orchestrator.db"], Directory.GetFiles(cli.DataFolder).Select(Path.GetFileName).Where(name => name != "lock"));
    }

    [Fact]
    public async Task A_reader_goes_on_when_the_process_that_it_asked_has_ended()
    {
        using var cli = new CliHarness { HasSweeps = true };
        using var interrupted = new CancellationTokenSource();
        Connection? reading = null;
        await new DevRun(cli).UntilAnnounced(["dev"], interrupted, async _ =>
        {
            reading = await Locator(cli).ForReading(Cancellation);
            Assert.Single(await reading.Client.ListSweeps(Cancellation));
        });
        await using (reading)
        {
            Assert.Single(cli.Started);
            Assert.Equal([1, 1], (await Task.WhenAll(reading!.Client.ListSweeps(Cancellation), reading.Client.ListSweeps(Cancellation))).Select(s => s.Count));
            Assert.Equal([false, true], cli.Started.Select(s => s.ReadOnly));
        }
        Assert.Equal(2, cli.Stopped);
    }

    [Fact]
    public async Task Embedded_training_starts_a_worker_with_the_slots_asked_for()
    {
        using var cli = new CliHarness();
        Assert.Equal(0, (await cli.Run("sweep", "submit", "f.yaml", "--embedded", "--slots", "3")).ExitCode);
        var options = Assert.Single(cli.Started);
        Assert.Equal((true, 3), (options.WithWorker, options.Worker.Slots));
    }

    [Fact]
    public async Task Another_program_at_the_default_address_is_passed_by()
    {
        await using var server = await TestServer.Start(routes => routes.MapGet("/", () => "hello"));
        using var cli = new CliHarness { DefaultServer = server.Address, HasSweeps = true };
        Assert.Equal(0, (await cli.Run("sweep", "list")).ExitCode);
        Assert.Single(cli.Started);
    }

    [Theory]
    [InlineData("sweep list")]
    [InlineData("sweep watch last")]
    [InlineData("sweep submit f.yaml")]
    [InlineData("sweep submit f.yaml --embedded")]
    [InlineData("quickstart")]
    public async Task Every_verb_finds_the_process_that_works_on_the_data_folder(string line)
    {
        using var cli = new CliHarness { ControlPlane = new() { LooksToEnd = 1 } };
        using var interrupted = new CancellationTokenSource();
        await new DevRun(cli).UntilAnnounced(["dev"], interrupted, async _ =>
        {
            var outcome = await cli.Run(line.Split(' '));
            Assert.Equal("", outcome.ExitCode == 0 ? "" : outcome.Error);
        });
        Assert.Single(cli.Started);
    }

    [Fact]
    public async Task A_second_dev_on_the_same_folder_is_refused_with_who_holds_it()
    {
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        await new DevRun(cli).UntilAnnounced(["dev"], interrupted, async holder =>
        {
            var outcome = await cli.Run("dev");
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains(holder.Url.ToString(), outcome.Error, StringComparison.Ordinal);
            Assert.Contains("--data", outcome.Error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_port_that_is_taken_is_replaced_by_a_free_one()
    {
        await using var taken = await new FakeControlPlane().Start();
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        var port = taken.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var outcome = await new DevRun(cli).UntilAnnounced(["dev", "--port", port], interrupted);
        Assert.NotEqual(taken.Address.Port, Assert.Single(cli.Started).Port);
        Assert.Contains($"port {port} is taken", outcome.Error, StringComparison.Ordinal);
    }

    private static ServerLocator Locator(CliHarness cli) => new(cli.Services(), new ServerSettings
    {
        Explicit = null,
        Token = null,
        DataFolder = cli.DataFolder,
        DataFolderIsNamed = false,
        DataArgument = null,
    });
}
