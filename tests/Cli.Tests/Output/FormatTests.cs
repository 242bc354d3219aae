using CsCheck;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Tests.Output;

public sealed class FormatTests
{
    [Fact]
    public void Shares_that_each_round_up_still_add_to_one_hundred() => Assert.Equal(["24%", "74%", "2%"], Format.Percents([0.2354, 0.7416, 0.0230]));

    [Fact]
    public void An_undefined_share_leaves_the_others_as_they_are() => Assert.Equal(["24%", Format.Nothing], Format.Percents([0.236, null]));

    [Fact]
    public void Shares_of_one_whole_always_add_to_one_hundred() => Gen.Double[0.001, 1].Array[1, 8].Sample(parts =>
    {
        var total = parts.Sum();
        var shares = Format.Percents([.. parts.Select(part => (double?)(part / total))]);
        return shares.Sum(share => int.Parse(share.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture)) == 100;
    });
}
