using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Tests.Circuits;

public sealed class InContextLearningTests
{
    [Theory]
    [InlineData(512, 50, 500)]
    [InlineData(32, 3, 31)]
    [InlineData(64, 6, 62)]
    [InlineData(22, 2, 21)]
    [InlineData(256, 25, 250)]
    public void The_score_compares_the_losses_at_two_context_indices(int length, int early, int late)
    {
        Assert.Equal((early, late), InContextLearning.Indices(length));
        // The loss of the token at index c is entry c - 1: here the entry says which index it is.
        double[] losses = [.. Enumerable.Range(1, length - 1).Select(index => 1000.0 * index)];
        Assert.Equal(1000.0 * (late - early), InContextLearning.Score(TorchSharp.torch.tensor(losses)).item<double>());
    }

    [Fact]
    public void Short_sequences_have_no_score()
    {
        Assert.Null(InContextLearning.Indices(21));
        Assert.True(double.IsNaN(InContextLearning.Score(TorchSharp.torch.zeros(20)).item<float>()));
        Assert.True(double.IsNaN(InContextLearning.Score(TorchSharp.torch.zeros(0)).item<float>()));
    }
}
