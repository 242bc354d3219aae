using CsCheck;
using Orchestrator.Statistics.Survival;

namespace Orchestrator.Statistics.Tests.Survival;

public sealed class LogRankTests
{
    [Fact]
    public void The_test_is_that_of_R_for_the_remission_data()
    {
        // R, fastlogranktest's example: 16.79294, p = 4.168809e-05; survdiff: 9 observed, 19.25 expected.
        var result = LogRank.Test(Remission.Treated, Remission.Placebo)!.Value;

        Assert.Equal(16.79294, result.ChiSquared, 1e-5);
        Assert.Equal(4.168809e-05, result.P, 1e-10);
        Assert.Equal(9, result.Observed);
        Assert.Equal(19.25, result.Expected, 5e-3);
    }

    [Fact]
    public void Swapping_the_groups_changes_nothing_and_a_group_does_not_differ_from_itself() =>
        Gen.Select(Gen.Int[0, 9], Gen.Bool).Select((time, observed) => new Observation(time, observed)).Array[2, 20].Sample(group =>
        {
            Assert.Equal(0.0, LogRank.Test(group, group)?.ChiSquared ?? 0, 1e-12);
            var (a, b) = (LogRank.Test(group, Remission.Placebo), LogRank.Test(Remission.Placebo, group));
            Assert.Equal(a?.ChiSquared ?? -1, b?.ChiSquared ?? -1, 1e-9);
        });

    [Fact]
    public void Groups_without_an_event_cannot_be_compared() =>
        Assert.Null(LogRank.Test([new Observation(5, false)], [new Observation(6, false)]));
}
