using CsCheck;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Tests.Estimates;

public sealed class SharesTests
{
    [Theory] // Newcombe 1998, table I, method 3
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_Wilson_interval_is_the_published_one(int hits, int n, double low, double high)
    {
        var share = Shares.Wilson(hits, n);

        Assert.Equal((double)hits / n, share.Value);
        Assert.Equal(low, share.Low!.Value, 5e-5);
        Assert.Equal(high, share.High!.Value, 5e-5);
    }

    [Fact]
    public void Five_of_five_seeds_leave_room_for_doubt()
    {
        var share = Shares.Wilson(5, 5);

        Assert.Equal(1 / (1 + 3.841458820694124 / 5), share.Low!.Value, 1e-12); // n / (n + z²), by hand
        Assert.Equal(1.0, share.High);
    }

    [Fact]
    public void The_interval_holds_the_share_stays_inside_0_and_1_and_mirrors() =>
        Gen.Int[1, 500].SelectMany(n => Gen.Int[0, n].Select(hits => (hits, n))).Sample(pair =>
        {
            var (share, mirror) = (Shares.Wilson(pair.hits, pair.n), Shares.Wilson(pair.n - pair.hits, pair.n));
            Assert.True(0 <= share.Low && share.Low <= share.Value && share.Value <= share.High && share.High <= 1);
            Assert.Equal(share.Low!.Value, 1 - mirror.High!.Value, 1e-12);
        });

    [Fact]
    public void Nothing_seen_is_null_and_more_hits_than_runs_is_a_bug()
    {
        Assert.Null(Shares.Wilson(0, 0).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => Shares.Wilson(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shares.Wilson(-1, 1));
    }
}
