using System.Text;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Sweeps;

public sealed class SubmissionTests
{
    [Fact]
    public async Task Texts_are_uploaded_once_and_before_the_submission_and_only_where_the_server_lacks_them()
    {
        var controlPlane = new FakeControlPlane();
        controlPlane.Files["bb"] = Encoding.UTF8.GetBytes("or not");
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Assert.Equal(0, (await cli.Run("sweep", "submit", "texts.yaml")).ExitCode);
        Assert.Equal("to be", Encoding.UTF8.GetString(controlPlane.Files["aa"]));
        Assert.Equal(
            ["HEAD /api/v1/files/aa", "PUT /api/v1/files/aa", "HEAD /api/v1/files/bb", "POST /api/v1/sweeps"],
            controlPlane.Requests.Where(request => !request.EndsWith("/version", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_plan_submits_and_uploads_nothing()
    {
        var controlPlane = new FakeControlPlane();
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Assert.Equal(0, (await cli.Run("sweep", "plan", "texts.yaml")).ExitCode);
        Assert.Empty(controlPlane.Submitted);
        Assert.Empty(controlPlane.Files);
    }

    [Fact]
    public async Task An_embedded_sweep_leaves_a_report_that_show_finds_again()
    {
        using var cli = new CliHarness { HasSweeps = true };
        var trained = await cli.Run("sweep", "submit", "f.yaml", "--embedded", "--json");
        Assert.Equal(0, trained.ExitCode);
        var shown = await cli.Run("sweep", "show", "last", "--json");
        Assert.Equal((string?)trained.Json["report"], (string?)shown.Json["report"]);
        Assert.True(File.Exists((string?)shown.Json["report"]));
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_costs_the_report_and_not_the_result()
    {
        using var cli = new CliHarness();
        Directory.CreateDirectory(cli.DataFolder);
        cli.Write(".orchestrator/reports", "a file where the folder should be");
        var outcome = await cli.Run("sweep", "submit", "f.yaml", "--embedded", "--json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Null(outcome.Json["report"]);
        Assert.Equal(2, outcome.Json["groups"]!.AsArray().Count);
        Assert.Contains("could not be written", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plot_of_a_sweep_is_written_where_it_was_asked_for()
    {
        using var cli = new CliHarness { HasSweeps = true };
        var outcome = await cli.Run("sweep", "show", "last", "--plot", "plots/phase.svg", "--json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("<svg xmlns", await File.ReadAllTextAsync(Path.Combine(cli.Folder, "plots", "phase.svg"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
