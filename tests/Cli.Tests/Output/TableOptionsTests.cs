using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Output;

/// <summary>Rows and columns of choice, as a user asks for them.</summary>
public sealed class TableOptionsTests
{
    [Fact]
    public async Task Rows_are_sorted_columns_chosen_and_written_as_csv()
    {
        var outcome = await Run("heads", "last", "--sort=-prefix_matching", "--columns", "layer,head,prefix_matching,k_excess_max", "--format", "csv");

        Assert.Equal((0, "layer,head,prefix_matching,k_excess_max\n1,0,0.851,0.33\n0,1,0.021,\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task What_is_undefined_comes_last_in_either_order()
    {
        foreach (var sort in new[] { "k_excess_max", "-k_excess_max" })
        {
            Assert.Equal("layer\n1\n0\n", (await Run("heads", "last", $"--sort={sort}", "--columns", "layer", "--format", "csv")).Output);
        }
    }

    [Fact]
    public async Task Of_more_rows_than_asked_for_the_rest_is_told_beside_the_result()
    {
        var outcome = await Run("run", "list", "last", "--sort", "final_loss", "--limit", "1", "--columns", "run,seed,final_loss", "--format", "csv");

        Assert.Equal("run,seed,final_loss\na1b2c3d4e5f60718293a4b5c6d7e8f90,3,1.493\n", outcome.Output);
        Assert.Contains("there are more", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heads last --sort nothing", "--sort: there is no column 'nothing'")]
    [InlineData("heads last --columns layer,nothing", "--columns: there is no column 'nothing'")]
    [InlineData("run list last --limit 0", "--limit 0")]
    [InlineData("run list last --all --limit 3", "--all has every row")]
    [InlineData("heads last --format parquet", "--format parquet")]
    public async Task A_wish_that_cannot_be_met_is_refused(string line, string told)
    {
        var outcome = await Run(line.Split(' '));

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(told, outcome.Error, StringComparison.Ordinal);
    }

    private static async Task<Outcome> Run(params string[] arguments)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        return await cli.Run(arguments);
    }
}
