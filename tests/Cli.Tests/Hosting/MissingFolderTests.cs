using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Hosting;

public sealed class MissingFolderTests
{
    [Theory]
    [InlineData("sweep list")]
    [InlineData("sweep show last")]
    [InlineData("sweep cancel last")]
    [InlineData("sweep measure last")]
    [InlineData("run list last")]
    [InlineData("run show a1")]
    [InlineData("heads last")]
    [InlineData("workers")]
    public async Task A_folder_that_was_named_and_is_not_there_is_refused_by_name_and_not_created(string line)
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run([.. line.Split(' '), "--data", "mistyped"]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(Path.Combine(cli.Folder, "mistyped") + " does not exist", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
        Assert.Empty(cli.Started);
    }

    [Theory]
    [InlineData("sweep list", 0)]
    [InlineData("workers", 0)]
    [InlineData("sweep plan f.yaml", 0)]
    [InlineData("sweep show mistyped", 2)]
    [InlineData("run list last", 2)]
    [InlineData("heads last", 2)]
    public async Task Reading_where_nobody_has_worked_yet_leaves_nothing_behind(string line, int exitCode)
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run(line.Split(' '));
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
        Assert.All(cli.Started, started => Assert.False(Directory.Exists(started.DataFolder)));
        if (!line.Contains("plan", StringComparison.Ordinal))
        {
            Assert.Contains($"{cli.DataFolder} does not exist", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reading_in_a_folder_of_other_things_adds_nothing_to_them()
    {
        using var cli = new CliHarness();
        cli.Write("thesis.tex", "");
        var outcome = await cli.Run("sweep", "show", "last", "--data", ".");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("holds no database of sweeps", outcome.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(cli.Folder));
    }

    [Theory]
    [InlineData("sweep list")]
    [InlineData("sweep submit f.yaml --embedded")]
    [InlineData("quickstart")]
    [InlineData("dev")]
    public async Task An_empty_name_of_the_data_folder_is_refused_wherever_it_comes_from(string line)
    {
        using var cli = new CliHarness();
        var given = await cli.Run([.. line.Split(' '), "--data", ""]);
        cli.Environment["ORCHESTRATOR_DATA"] = " ";
        var inherited = await cli.Run(line.Split(' '));
        Assert.Equal((2, 2), (given.ExitCode, inherited.ExitCode));
        Assert.Contains("--data is empty", given.Error, StringComparison.Ordinal);
        Assert.Contains("ORCHESTRATOR_DATA is set and empty", inherited.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
    }
}
