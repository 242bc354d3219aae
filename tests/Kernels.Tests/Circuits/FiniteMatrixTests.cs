using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>A model that diverged has no eigenvalues, and takes nothing from the others of its pack: neither their numbers nor the process.</summary>
[Collection("circuits")]
public sealed class FiniteMatrixTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_matrix_that_is_not_finite_has_undefined_eigenvalues_and_its_neighbours_keep_theirs(double wrong)
    {
        using var scope = NewDisposeScope();
        var sound = tensor([2.0, 1, 0, 0, 3, 1, 1, 0, 4]).reshape(1, 3, 3);
        var broken = full([1, 3, 3], wrong);
        broken[0, 1, 2] = 0.5;
        var stack = cat([sound, broken, sound * 2], 0);

        var found = EigenScore.Eigenvalues(stack);

        Assert.Equal(EigenScore.Eigenvalues(sound)[0].real.Values(), found[0].real.Values());
        Assert.Equal(EigenScore.Eigenvalues(sound * 2)[0].real.Values(), found[2].real.Values());
        Assert.True(found[1].real.isnan().all().item<bool>());
        Assert.True(EigenScore.Of(stack, ones(3, ScalarType.Float64)).isnan().cpu().data<bool>().ToArray() is [false, true, false]);
    }

    [Fact]
    public void Nor_has_it_singular_values_or_a_rank()
    {
        using var scope = NewDisposeScope();
        var A = ones([2, 4, 2], ScalarType.Float64);
        A[1, 0, 0] = double.NaN;
        A[0, 0, 1] = 0.5;

        var values = new FactoredMatrix(A, ones([2, 2, 3], ScalarType.Float64)).SingularValues();
        var ranks = FeatureGeometry.EffectiveRankOf(A.transpose(-2, -1));

        Assert.True(values[0].isfinite().all().item<bool>());
        Assert.True(values[1].isnan().all().item<bool>());
        Assert.True(ranks.isnan().cpu().data<bool>().ToArray() is [false, true]);
    }
}
