using CsCheck;
using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

[Collection("circuits")]
public sealed class FeatureGeometryTests
{
    [Theory]
    [InlineData(2, 4.0 / 4)]        // antipodal pairs: 1/2
    [InlineData(3, 2.0 / 3)]        // triangle
    [InlineData(5, 2.0 / 5)]        // pentagon
    public void Regular_polygons_have_the_sticky_dimensionalities(int corners, double expected)
    {
        using var scope = NewDisposeScope();
        var angles = Enumerable.Range(0, corners).Select(k => 2 * Math.PI * k / corners).ToArray();
        var polygon = tensor([.. angles.Select(Math.Cos), .. angles.Select(Math.Sin)], [2, corners]);
        var geometry = FeatureGeometry.Of(polygon.unsqueeze(0));
        Assert.All(geometry.Dimensionality.Values(), value => Assert.Equal(corners == 2 ? 0.5 : expected, value, 1e-12));
        Assert.All(geometry.Norms.Values(), value => Assert.Equal(1.0, value, 1e-12));
        Assert.All(geometry.Interference.Values(), value => Assert.Equal(corners == 2 ? 1.0 : corners / 2.0 - 1, value, 1e-12));
        Assert.Equal(2.0 / corners, geometry.DimensionsPerFeature.item<double>(), 1e-12);
        Assert.Equal(corners == 2 ? 1.0 : 2.0, geometry.EffectiveRank.item<double>(), 1e-9);
        Assert.Equal(corners == 2 ? 1.0 : 2.0, geometry.ParticipationRatio.item<double>(), 1e-9);
    }

    [Fact]
    public void A_tetrahedron_has_three_quarters_and_a_missing_feature_none()
    {
        using var scope = NewDisposeScope();
        var corners = tensor(new double[] { 1, 1, -1, -1, 0, 1, -1, 1, -1, 0, 1, -1, -1, 1, 0 }, [3, 5]);
        var geometry = FeatureGeometry.Of(corners.unsqueeze(0));
        Same.Numbers([0.75, 0.75, 0.75, 0.75, 0], geometry.Dimensionality.Values(), 1e-12);
        Assert.True(double.IsNaN(geometry.Interference.Values()[4]));
        Assert.Equal(1.0 / 3, FeatureGeometry.MeanAbsoluteCosine(corners.unsqueeze(0)).item<double>(), 1e-12);
    }

    [Fact]
    public void Dimensionalities_agree_with_the_gram_and_never_exceed_the_rank() =>
        (from m in Gen.Int[1, 6] from n in Gen.Int[1, 9] from seed in Gen.Int[0, 10_000] select (m, n, seed)).Sample(shape =>
        {
            using var scope = NewDisposeScope();
            var W = new NormalSource(shape.seed).Tensor(shape.m, shape.n);
            var (geometry, G) = (FeatureGeometry.Of(W.unsqueeze(0)), W.transpose(0, 1).matmul(W));
            Same.Numbers((G.diagonal().square() / G.matmul(G).diagonal()).Values(), geometry.Dimensionality.Values(), 1e-9);
            Assert.True(geometry.Dimensionality.Values().Sum() <= Math.Min(shape.m, shape.n) + 1e-9);
            var s = linalg.svdvals(W).square().Values();
            Assert.Equal(s.Sum() * s.Sum() / s.Sum(x => x * x), geometry.ParticipationRatio.item<double>(), 1e-9);
            Assert.Equal(Math.Exp(-s.Sum(x => x / s.Sum() * Math.Log(x / s.Sum()))), geometry.EffectiveRank.item<double>(), 1e-7);
            var cosine = (G / (G.diagonal().sqrt().unsqueeze(0) * G.diagonal().sqrt().unsqueeze(1))).abs();
            var expected = shape.n < 2 ? double.NaN : ((cosine.sum() - shape.n) / (shape.n * (shape.n - 1.0))).item<double>();
            Same.Numbers([expected], FeatureGeometry.MeanAbsoluteCosine(W.unsqueeze(0)).Values(), 1e-9);
        }, iter: 60, threads: 1);
}
