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

    [Fact]
    public async Task Grouped_heads_are_sorted_cut_chosen_and_written_as_rows_are()
    {
        string[] groups = ["heads", "last", "--group-by", "layer,head"];

        var outcome = await Run([.. groups, "--format", "csv", "--sort=-prefix_matching", "--limit", "1", "--columns", "layer,prefix_matching"]);
        Assert.Equal((0, "layer,prefix_matching\n1,0.84\n"), (outcome.ExitCode, outcome.Output));
        Assert.Contains("there are more", outcome.Error, StringComparison.Ordinal);

        outcome = await Run([.. groups, "--format", "csv"]);
        Assert.StartsWith("layer,head,runs,completed,failed,excluded,prefix_matching,prefix_matching_low,prefix_matching_high,prefix_matching_n,previous_token,", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\n1,0,5,5,0,0,0.84,0.82,0.86,5,,,,0\n", outcome.Output, StringComparison.Ordinal);

        outcome = await Run([.. groups, "--columns", "layer,previous_token_n", "--sort", "-layer", "--json"]);
        Assert.Equal("[[1,0],[0,5]]", outcome.Json["rows"]!.ToJsonString());

        outcome = await Run([.. groups, "--sort=-layer", "--limit", "1", "--json"]);
        Assert.Equal([1], outcome.Json["groups"]!.AsArray().Select(group => (int)group!["by"]!["layer"]!));
        Assert.Contains("the first 1 groups", outcome.Error, StringComparison.Ordinal);

        outcome = await Run([.. groups, "--sort=-layer"]);
        Assert.True(outcome.Output.IndexOf("0.840 ±0.020", StringComparison.Ordinal) < outcome.Output.IndexOf("0.020 ±0.010", StringComparison.Ordinal), outcome.Output);

        outcome = await Run("heads", "last", "--group-by", "model.layers", "--format", "csv", "--columns", "model.layers,induction_share,induction_share_high,transition_step,transition_step_censored");
        Assert.StartsWith("model_layers,induction_share,induction_share_high,transition_step,transition_step_censored\n1,0,", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heads last --group-by layer --after 3", "--after: groups are few")]
    [InlineData("heads last --group-by layer --columns nothing", "--columns: there is no column 'nothing'")]
    [InlineData("heads last --group-by layer --sort nothing", "--sort: there is no column 'nothing'")]
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

    [Fact]
    public async Task Grouped_heads_say_beside_the_result_which_axes_they_pool()
    {
        foreach (var format in new[] { "table", "csv", "json" })
        {
            var outcome = await Run("heads", "last", "--group-by", "layer,role", "--format", format);
            Assert.Equal("note: groups pool runs that differ in model.layers, data.seed; add model.layers,data.seed to --group-by to keep them apart\n", outcome.Error);
            Assert.DoesNotContain("note:", outcome.Output, StringComparison.Ordinal);
        }

        Assert.Equal("", (await Run("heads", "last", "--group-by", "model.layers,layer,role")).Error);
    }

    private static async Task<Outcome> Run(params string[] arguments)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        return await cli.Run(arguments);
    }
}
