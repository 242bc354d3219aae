using CsCheck;
using Orchestrator.Results.DuckDb;

namespace Orchestrator.Results.Tests.Projection;

public sealed class RunSetTests
{
    [Fact]
    public void It_is_a_set_however_it_is_kept()
    {
        var runs = Gen.Int[0, 40].HashSet[0, 30];
        Gen.Select(runs, runs).Sample((one, other) =>
        {
            var (a, b) = (RunSet.Of(one), RunSet.Of(other));
            Assert.Equal(one.Order(), a.Runs);
            Assert.Equal(one.Order(), RunSet.Parse(a.ToString()).Runs);
            Assert.Equal(one.Count, a.Count);
            Assert.Equal(one.Union(other).Order(), a.Or(b).Runs);
            Assert.Equal(one.Intersect(other).Order(), a.And(b).Runs);
            Assert.Equal(one.Except(other).Order(), a.Except(b).Runs);
        });
    }

    [Fact]
    public void Runs_that_follow_each_other_are_one_range() => Assert.Equal("0-2,7,9-10", RunSet.Of([2, 0, 9, 7, 1, 10, 9]).ToString());
}
