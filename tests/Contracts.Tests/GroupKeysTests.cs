using Orchestrator.Contracts.Api;

namespace Orchestrator.Contracts.Tests;

public sealed class GroupKeysTests
{
    [Theory]
    [InlineData("layer", "layer")]
    [InlineData(" model.layers , layer,role", "model.layers|layer|role")]
    [InlineData("rank( prefix_matching , layer ),layer", "rank(prefix_matching,layer)|layer")]
    [InlineData("layer,,head", "layer||head")]
    [InlineData("", "")]
    [InlineData("rank(a", "rank(a")]
    public void Commas_in_brackets_belong_to_their_key(string list, string keys) => Assert.Equal(keys.Split('|'), GroupKeys.Split(list));

    [Fact]
    public void A_rank_has_a_metric_and_a_scope()
    {
        Assert.Equal(("prefix_matching", false), GroupKeys.Rank("rank(prefix_matching)"));
        Assert.Equal(("entropy", true), GroupKeys.Rank("rank(entropy,layer)"));
        Assert.All(["rank", "rank(", "rank(a,b)", "layer", "rank(a,layer,b)"], key => Assert.Null(GroupKeys.Rank(key)));
    }
}
