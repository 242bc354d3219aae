using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>What random heads score: the baselines that every reported number is held against.</summary>
[Collection("circuits")]
public sealed class NullTests
{
    [Theory]
    [InlineData(6, 3, 9)]
    [InlineData(4, 6, 9)]       // a head wider than the model
    [InlineData(9, 4, 3)]       // a vocabulary smaller than the head
    [InlineData(5, 7, 4)]
    public void The_spread_of_the_eigen_score_is_that_of_whole_gaussian_matrices(int d, int e, int vocab)
    {
        using var scope = NewDisposeScope();
        var normal = new NormalSource(11);
        var product = normal.Tensor(4000, e, d).matmul(normal.Tensor(4000, d, vocab)).matmul(normal.Tensor(4000, vocab, d)).matmul(normal.Tensor(4000, d, e));
        var scores = EigenScore.Of(product, zeros(4000, dtype: ScalarType.Float64)).Values();
        var deviation = Math.Sqrt(scores.Average(score => score * score));
        Assert.Equal(0.0, scores.Average() / deviation, 0.08);                                         // 4 standard errors and more
        Assert.Equal(1.0, EigenScoreNull.StandardDeviation(d, e, vocab) / deviation, 0.07);
    }

    [Theory]
    [InlineData(256, 32, 1000, 1.5, 1.7)]
    [InlineData(64, 32, 32, 2.3, 2.7)]
    [InlineData(64, 8, 1000, 1.4, 1.9)]
    public void The_spread_shrinks_with_the_width_of_the_head_as_measured(int d, int e, int vocab, double least, double most) =>
        Assert.InRange(EigenScoreNull.StandardDeviation(d, e, vocab) * e, least, most);

    [Fact]
    public void Scores_of_random_heads_have_z_of_mean_0_and_deviation_1()
    {
        using var scope = NewDisposeScope();
        var model = Gaussian(layers: 1, heads: 400, d: 24, e: 6, vocab: 40);
        var z = EigenScoreNull.Z(model.Configuration, new TokenCircuits(model).Copying()).Values();
        Assert.Equal(0.0, z.Average(), 0.35);                                                          // heads share W_E and W_U
        Assert.Equal(1.0, Math.Sqrt(z.Average(value => value * value)), 0.2);
    }

    [Theory]
    [InlineData(64, 16, 0.1256, 0.0070)]
    [InlineData(32, 8, 0.175, 0.019)]
    public void Composition_of_random_heads_is_one_over_the_root_of_d_model(int d, int e, double mean, double deviation)
    {
        using var scope = NewDisposeScope();
        var model = Gaussian(layers: 2, heads: 30, d, e, vocab: 5);
        var scores = new CompositionScores(model);
        foreach (var way in new[] { scores.Query, scores.Key, scores.Value })
        {
            (double Raw, double Excess, double Z)[] all = [.. Enumerable.Range(0, 30).SelectMany(from => Enumerable.Range(30, 30).Select(to => way.Of(from, to)))];
            Assert.Equal(1.0 / d, all.Average(score => score.Raw * score.Raw), 0.02 / d);
            Assert.Equal(mean, all.Average(score => score.Raw), 0.03 * mean);
            Assert.Equal(deviation, Math.Sqrt(all.Average(score => Math.Pow(score.Raw - all.Average(s => s.Raw), 2))), 0.25 * deviation);
            Assert.Equal(0.0, all.Average(score => score.Z), 0.25);
            Assert.Equal(1.0, Math.Sqrt(all.Average(score => score.Z * score.Z)), 0.2);
            Assert.All(all, score => Assert.Equal(score.Raw - 1 / Math.Sqrt(d), score.Excess, 1e-12));
        }
    }

    [Fact]
    public void The_reordered_factors_of_the_erratum_would_have_another_null()
    {
        using var scope = NewDisposeScope();
        var (d, e) = (64, 16);
        var stack = Gaussian(layers: 2, heads: 30, d, e, vocab: 5).Heads;
        var heads = new HeadStack(stack.W_Q[0], stack.W_K[0], stack.W_V[0], stack.W_O[0]);
        var scores = Enumerable.Range(0, 30).SelectMany(from => Enumerable.Range(30, 30).Select(to =>
        {
            var reordered = heads.W_Q[to].transpose(0, 1).matmul(heads.W_V[from]).matmul(heads.W_O[from]).matmul(heads.W_K[to]);   // ||W_Q^T W_V W_O W_K||, [e, e]
            return (reordered.norm() / (heads.W_V[from].matmul(heads.W_O[from]).norm() * heads.W_Q[to].matmul(heads.W_K[to].transpose(0, 1)).norm())).item<double>();
        })).ToList();
        Assert.Equal(Math.Sqrt(e) / d, scores.Average(), 0.1 * Math.Sqrt(e) / d);
        Assert.True(scores.Average() < 0.6 / Math.Sqrt(d), "the wrong order of factors has half the baseline, which is how to notice it");
    }

    [Fact]
    public void A_circuit_that_is_zero_or_nilpotent_has_no_eigen_score()
    {
        using var scope = NewDisposeScope();
        var odd = new OddModel(2, 2, 6, 3, 8, 5, 1, PositionKind.None, Normalization.None, false, false, 0, false, 4);
        var zero = odd.Model(w =>
        {
            w.Layers[0].W_V.narrow(2, 0, 3).zero_();
            w.Layers[0].W_K.narrow(2, 3, 3).zero_();
            return w;
        });
        var circuits = new TokenCircuits(zero);
        Assert.Equal([true, false, false, false], circuits.Copying().Values().Select(double.IsNaN));
        Assert.Equal([true, false, false, false], circuits.CopyingCentered().Values().Select(double.IsNaN));
        Assert.Equal([false, true, false, false], circuits.Matching().Values().Select(double.IsNaN));
        Assert.Equal([true, false, false, false], CopyingScore.EachHead(zero).Values().Select(double.IsNaN));
        var (composition, pairs) = (new CompositionScores(zero), new PairScores(zero, circuits, tensor(new[] { 0.5, 0.4, 0, 0 }, [1, 4])));
        Assert.True(double.IsNaN(composition.Key.Raw.Of(0, 2)) && double.IsNaN(composition.Key.Z.Of(0, 2)) && double.IsNaN(composition.Value.Excess.Of(0, 3)));
        Assert.False(double.IsNaN(composition.Key.Raw.Of(1, 2)));
        Assert.True(double.IsNaN(pairs.KeyEigenScore.Of(0, 2)) && double.IsNaN(pairs.VirtualEigenScore.Of(0, 2)));
        var nilpotent = tensor(new double[] { 0, 1, 0, 0 }, [1, 2, 2]);
        Assert.True(double.IsNaN(EigenScore.Of(nilpotent, ones(1, dtype: ScalarType.Float64)).Values()[0]));
        Assert.True(double.IsNaN(EigenScore.Of(nilpotent + 1e-14 * eye(2, dtype: ScalarType.Float64), ones(1, dtype: ScalarType.Float64)).Values()[0]));      // rounding, not copying
        Assert.Equal(1.0, EigenScore.Of(nilpotent + 1e-6 * eye(2, dtype: ScalarType.Float64), ones(1, dtype: ScalarType.Float64)).Values()[0], 1e-9);
    }

    private static CircuitModel Gaussian(int layers, int heads, int d, int e, int vocab)
    {
        var normal = new NormalSource(5);
        var weights = new ModelWeights(
            normal.Tensor(1, vocab, d), null,
            [.. Enumerable.Range(0, layers).Select(_ => new LayerWeights(
                normal.Tensor(1, d, heads * e), normal.Tensor(1, d, heads * e), normal.Tensor(1, d, heads * e), normal.Tensor(1, heads * e, d), null, null, null, null, null, null))],
            null, normal.Tensor(1, d, vocab), null);
        return CircuitModel.Create(weights, new CircuitConfiguration { Layers = layers, Heads = heads, DModel = d, DHead = e, NCtx = 4, Vocab = vocab, Positions = PositionKind.None, AttentionScale = Math.Sqrt(e) });
    }
}
