using System.Globalization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.Tests.Projection;

namespace Orchestrator.Results.Tests.Sql;

public sealed class TransitionMedianTests
{
    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 20)]
    [InlineData(3, 18)]
    [InlineData(4, 14)]
    [InlineData(5, 10)]
    [InlineData(6, 6)]
    [InlineData(7, 2)]
    public async Task The_median_of_a_query_is_that_of_the_table_of_groups_with_the_runs_that_never_crossed(int seed, int runs)
    {
        await using var side = await ReadSide.Start();
        await side.Set(RunState.Completed, seed, [.. Enumerable.Range(0, runs)]);

        var medians = (await side.Result()).Groups.Select(group => group.TransitionStep().Median);
        var asked = (await side.Query($"select run_index % 2 as point, {ResultQuestions.TransitionMedian} as step from runs where state = 'completed' group by all order by all")).Rows;

        Assert.Equal(medians, asked.Select(row => row[1] is { } step && double.TryParse($"{step}", CultureInfo.InvariantCulture, out var value) ? value : default(double?)));
    }
}
