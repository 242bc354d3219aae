using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Low-rank shortcuts against the vocabulary-by-vocabulary matrices that they replace, on odd models small enough to build them.</summary>
[Collection("circuits")]
public sealed class BruteForceCircuitTests
{
    private const double Tolerance = 1e-7;

    [Fact]
    public void Eigen_scores_are_those_of_the_whole_matrices() => OddModels.Check(80, odd =>
    {
        var model = odd.Model();
        var circuits = new TokenCircuits(model);
        for (var head = 0; head < model.Heads.Count; head++)
        {
            var ov = Chain(model.W_E[0], model.Heads.W_V[0][head], model.Heads.W_O[0][head], model.W_U[0]);
            Assert.Equal(Score(ov), circuits.Copying().Values()[head], Tolerance);
            Assert.Equal(ov.diagonal().sum().item<double>(), circuits.CopyingTrace().Values()[head], 1e-9);
            Assert.Equal(Score(ov - ov.mean([1], keepdim: true)), circuits.CopyingCentered().Values()[head], Tolerance);
            Assert.Equal(Score(QueryKey(model, head)), circuits.Matching().Values()[head], Tolerance);
        }
    }, odd => odd.Vocab > 2);

    [Fact]
    public void Scores_of_pairs_are_those_of_the_whole_matrices() => OddModels.Check(50, odd =>
    {
        var model = odd.Model();
        var weights = Enumerable.Range(0, model.Heads.Count).Select(head => 0.2 + head % 4 * 0.3).ToArray();
        var pairs = new PairScores(model, new TokenCircuits(model), tensor(weights).unsqueeze(0));
        var composition = new CompositionScores(model);
        for (var to = odd.Heads; to < model.Heads.Count; to++)
        {
            var earlier = to / odd.Heads * odd.Heads;
            var weighted = zeros([odd.Vocab, odd.Vocab], dtype: ScalarType.Float64);
            for (var from = 0; from < earlier; from++)
            {
                var (ov, later, qk) = (OutputValue(model, from), OutputValue(model, to), Inner(model, to));
                var keyed = Chain(model.W_E[0], qk, ov.transpose(0, 1), model.W_E[0].transpose(0, 1));               // query reads the token, key what was moved
                weighted += weights[from] * keyed;
                Assert.Equal(Score(keyed), pairs.KeyEigenScore.Of(from, to), Tolerance);
                Assert.Equal(keyed.diagonal().sum().item<double>(), pairs.KeyTrace.Of(from, to), 1e-8);
                Assert.Equal(Score(Chain(model.W_E[0], ov, later, model.W_U[0])), pairs.VirtualEigenScore.Of(from, to), Tolerance);
                Assert.Equal(Ratio(ov, qk), composition.Query.Raw.Of(from, to), 1e-9);
                Assert.Equal(Ratio(ov, qk.transpose(0, 1)), composition.Key.Raw.Of(from, to), 1e-9);
                Assert.Equal(Ratio(ov, later), composition.Value.Raw.Of(from, to), 1e-9);
                Assert.Equal(ExactZ(qk, ov, Ratio(ov, qk.transpose(0, 1))), composition.Key.Z.Of(from, to), 1e-4);
                Assert.Equal(ExactZ(later, ov, Ratio(ov, later)), composition.Value.Z.Of(from, to), 1e-4);
            }
            var strongest = Array.IndexOf(weights, weights[..earlier].Max());
            Assert.Equal(pairs.KeyEigenScore.Of(strongest, to), pairs.ThroughPrevious[0, to].item<double>());
            Assert.Equal(Score(weighted), pairs.Weighted[0, to].item<double>(), Tolerance);
            Assert.Equal(weighted.diagonal().sum().item<double>(), pairs.WeightedTrace[0, to].item<double>(), 1e-8);
        }
        Assert.All(Enumerable.Range(0, Math.Min(odd.Heads, model.Heads.Count)), first => Assert.True(double.IsNaN(pairs.Weighted[0, first].item<double>())));
    }, odd => odd.Vocab > 3 && odd.DModel > 2 && odd.DHead > 1 && odd.DHead < odd.DModel);

    [Fact]
    public void Composition_of_heads_whose_factors_have_no_full_rank_is_that_of_the_whole_matrices() => OddModels.Check(50, odd =>
    {
        // As wide as the model or wider, and in each reader one dimension that repeats another: every Gram is singular.
        var model = odd.Model(weights => weights with { Layers = [.. weights.Layers.Select(layer => layer with { W_Q = Repeated(layer.W_Q), W_K = Repeated(layer.W_K), W_V = Repeated(layer.W_V) })] });
        var composition = new CompositionScores(model);
        for (var to = odd.Heads; to < model.Heads.Count; to++)
        {
            for (var from = 0; from < to / odd.Heads * odd.Heads; from++)
            {
                var (ov, later, qk) = (OutputValue(model, from), OutputValue(model, to), Inner(model, to));
                Assert.Equal(Ratio(ov, qk), composition.Query.Raw.Of(from, to), 1e-7);
                Assert.Equal(Ratio(ov, qk.transpose(0, 1)), composition.Key.Raw.Of(from, to), 1e-7);
                Assert.Equal(Ratio(ov, later), composition.Value.Raw.Of(from, to), 1e-7);
            }
        }

        Tensor Repeated(Tensor reader)
        {
            var copy = reader.clone();
            copy.select(2, 1).copy_(copy.select(2, 0));
            return copy;
        }
    }, odd => odd.Vocab > 3 && odd.DModel > 2 && odd.DHead > 1);

    [Fact]
    public void A_head_that_is_zero_composes_with_nobody_and_leaves_the_other_scores_alone()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var odd = new OddModel(2, 2, 8, 3, 9, 6, 1, PositionKind.None, Normalization.None, false, false, 0, false, 11);
        var (whole, without) = (new CompositionScores(odd.Model()), new CompositionScores(odd.Model(Silenced)));
        Assert.True(double.IsNaN(without.Key.Raw.Of(0, 2)) && double.IsNaN(without.Query.Z.Of(0, 3)) && double.IsNaN(without.Value.Excess.Of(0, 3)));
        Assert.Equal(whole.Key.Raw.Of(1, 2), without.Key.Raw.Of(1, 2), 1e-12);
        Assert.Equal(whole.Value.Z.Of(1, 3), without.Value.Z.Of(1, 3), 1e-9);
        var broken = new CompositionScores(odd.Model(weights => weights with { Layers = [weights.Layers[0] with { W_V = weights.Layers[0].W_V * double.NaN }, .. weights.Layers.Skip(1)] }));
        Assert.True(double.IsNaN(broken.Key.Raw.Of(0, 2)));

        static ModelWeights Silenced(ModelWeights weights)
        {
            var values = weights.Layers[0].W_V.clone();
            values.narrow(2, 0, 3).zero_();
            return weights with { Layers = [weights.Layers[0] with { W_V = values }, .. weights.Layers.Skip(1)] };
        }
    }

    [Fact]
    public void A_factored_matrix_is_its_product() => OddModels.Check(80, odd =>
    {
        var model = odd.Model();
        for (var head = 0; head < model.Heads.Count; head++)
        {
            var factored = FactoredMatrix.OutputValueOf(model, head);
            var whole = factored.A.matmul(factored.B)[0];
            Same.Numbers(whole.diagonal().Values(), factored.Diagonal().Values(), 1e-10);
            Same.Numbers(whole.mean([0]).Values(), factored.ColumnMeans().Values(), 1e-10);
            Same.Numbers(whole.mean([1]).Values(), factored.RowMeans().Values(), 1e-10);
            Same.Numbers(whole.norm().Values(), factored.Norm().Values(), 1e-9);
            Same.Numbers(whole.diagonal().sum().Values(), factored.Trace().Values(), 1e-9);
            var singular = factored.SingularValues().Values();
            Same.Numbers(linalg.svdvals(whole).Values()[..singular.Length], singular, 1e-9);
            var square = factored.Times(factored);
            Same.Numbers(whole.matmul(whole).Values(), square.A.matmul(square.B).Values(), 1e-9);
        }
    });

    [Fact]
    public void The_copying_score_is_that_of_loops_over_the_whole_circuit() => OddModels.Check(60, odd =>
    {
        var model = odd.Model();
        var scores = CopyingScore.EachHead(model).Values();
        for (var head = 0; head < model.Heads.Count; head++)
        {
            var circuit = Chain(model.W_E[0], OutputValue(model, head), model.W_U[0]);
            var rise = (circuit - circuit.mean([1], keepdim: true)).relu().Values();
            Assert.Equal(Literally(rise, odd.Vocab), scores[head], 1e-9);
        }
    });

    [Theory]
    [InlineData(60)]
    [InlineData(25)]
    [InlineData(49)]
    public void The_copying_score_takes_25_evenly_spaced_tokens(int vocab)
    {
        using var scope = NewDisposeScope();
        var odd = new OddModel(1, 2, 7, 3, vocab, 4, 1, Contracts.Runs.PositionKind.None, Normalization.None, false, false, 0, false, vocab);
        var model = odd.Model();
        for (var head = 0; head < 2; head++)
        {
            var circuit = Chain(model.W_E[0], OutputValue(model, head), model.W_U[0]);
            Assert.Equal(Literally((circuit - circuit.mean([1], keepdim: true)).relu().Values(), vocab), CopyingScore.EachHead(model).Values()[head], 1e-9);
        }
    }

    private static double Literally(double[] rise, int vocab)
    {
        var sample = vocab <= 25 ? [.. Enumerable.Range(0, vocab)] : Enumerable.Range(0, 25).Select(k => k * (vocab / 25)).ToArray();
        return Enumerable.Range(0, vocab).Select(u =>
        {
            var all = sample.Sum(step => rise[u * vocab + (u + step) % vocab]);
            var own = rise[u * vocab + u];
            return own + all == 0 ? double.NaN : 4 * own / (own + all) - 1;
        }).Where(score => !double.IsNaN(score)).DefaultIfEmpty(double.NaN).Average();
    }

    private static Tensor Chain(params Tensor[] factors) => factors.Aggregate((product, next) => product.matmul(next));
    private static Tensor OutputValue(CircuitModel model, int head) => model.Heads.W_V[0][head].matmul(model.Heads.W_O[0][head]);
    private static Tensor Inner(CircuitModel model, int head) => model.Heads.W_Q[0][head].matmul(model.Heads.W_K[0][head].transpose(0, 1));
    private static Tensor QueryKey(CircuitModel model, int head) => Chain(model.W_E[0], Inner(model, head), model.W_E[0].transpose(0, 1));

    private static double Score(Tensor whole)
    {
        var values = linalg.eigvals(whole);
        return (values.real.sum() / values.abs().sum()).item<double>();
    }

    private static double Ratio(Tensor first, Tensor second) => (first.matmul(second).norm() / (first.norm() * second.norm())).item<double>();

    // math.md 4.1, with its terms as they stand there.
    private static double ExactZ(Tensor later, Tensor earlier, double raw)
    {
        var (a, b, d) = (linalg.svdvals(later).square().Values(), linalg.svdvals(earlier).square().Values(), (double)later.shape[0]);
        var (Sa, Qa, Sb, Qb) = (a.Sum(), a.Sum(x => x * x), b.Sum(), b.Sum(x => x * x));
        var mean = Sa * Sb / d;
        var square = (3 * Qa * Qb + Qa * (Sb * Sb - Qb) + Qb * (Sa * Sa - Qa)) / (d * (d + 2)) + (Sa * Sa - Qa) * (Sb * Sb - Qb) * (d + 1) / (d * (d - 1) * (d + 2));
        return (raw * raw - 1 / d) / (Math.Sqrt(square - mean * mean) / (Sa * Sb));
    }
}
