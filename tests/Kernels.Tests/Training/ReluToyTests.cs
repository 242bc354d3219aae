using CsCheck;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Randomness;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Training;

public sealed class ReluToyTests
{
    public ReluToyTests() => set_num_threads(1);

    [Fact]
    public void The_loss_and_its_gradients_are_those_of_the_formula_written_out() =>
        (from n in Gen.Int[1, 6] from m in Gen.Int[1, 4] from relu in Gen.Bool from importance in Gen.Double[0.3, 1] from seed in Gen.ULong[1, 10_000] select (n, m, relu, importance, seed)).Sample(drawn =>
        {
            const int B = 3, S = 2;
            var (n, m) = (drawn.n, drawn.m);
            using var scope = NewDisposeScope();
            using var gradients = enable_grad();
            using var toy = new Toy(new ReluToy { Features = n, Hidden = m, Relu = drawn.relu, Importance = drawn.importance });
            var random = RandomSource.For(drawn.seed, "test");
            Tensor Normal(params long[] shape) => tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)random.NextNormal())], shape);
            var (W, b, x) = (Normal(S, m, n).requires_grad_(), Normal(S, n).requires_grad_(), Normal(S, B, n));
            var losses = toy.SampleLosses(W, b, x).mean([1]);
            var found = autograd.grad([losses.sum()], [W, b]);
            for (var s = 0; s < S; s++)
            {
                var (loss, dW, db) = ByHand(s);
                Assert.Equal(loss, losses[s].item<float>(), 1e-4 * (1 + loss));
                for (var k = 0; k < n; k++)
                {
                    Assert.Equal(db[k], found[1][s, k].item<float>(), 1e-4 * (1 + Math.Abs(db[k])));
                    for (var i = 0; i < m; i++)
                    {
                        Assert.Equal(dW[i, k], found[0][s, i, k].item<float>(), 1e-3 * (1 + Math.Abs(dW[i, k])));
                    }
                }
            }

            (double Loss, double[,] dW, double[] db) ByHand(int s)
            {
                var (loss, dW, db) = (0.0, new double[m, n], new double[n]);
                for (var sample = 0; sample < B; sample++)
                {
                    double X(int k) => x[s, sample, k].item<float>();
                    double w(int i, int k) => W[s, i, k].item<float>();
                    double[] h = [.. Enumerable.Range(0, m).Select(i => Enumerable.Range(0, n).Sum(k => w(i, k) * X(k)))];
                    double[] z = [.. Enumerable.Range(0, n).Select(k => Enumerable.Range(0, m).Sum(i => w(i, k) * h[i]) + b[s, k].item<float>())];
                    double[] given = [.. z.Select(value => drawn.relu ? Math.Max(0, value) : value)];
                    loss += Enumerable.Range(0, n).Sum(k => Math.Pow(drawn.importance, k) * Math.Pow(X(k) - given[k], 2)) / B;
                    double[] dz = [.. Enumerable.Range(0, n).Select(k => drawn.relu && z[k] <= 0 ? 0 : 2 * Math.Pow(drawn.importance, k) * (given[k] - X(k)) / B)];
                    double[] dh = [.. Enumerable.Range(0, m).Select(i => Enumerable.Range(0, n).Sum(k => w(i, k) * dz[k]))];
                    for (var k = 0; k < n; k++)
                    {
                        db[k] += dz[k];
                        for (var i = 0; i < m; i++)
                        {
                            dW[i, k] += h[i] * dz[k] + dh[i] * X(k);
                        }
                    }
                }
                return (loss, dW, db);
            }
        }, iter: 40, threads: 1);

    [Theory]
    [InlineData(0.0, 0.5, 1.0 / 3)]
    [InlineData(0.7, 0.15, 0.1)]
    [InlineData(0.99, 0.005, 1.0 / 300)]
    public void Features_are_zero_as_often_as_the_sparsity_says_and_else_uniform(double sparsity, double mean, double square)
    {
        var values = new FeatureSource(new SparseFeatures { Sparsity = sparsity }, 8).HeldOut(50_000);
        Assert.All(values, value => Assert.InRange(value, 0, 1));
        Assert.Equal(sparsity, values.Count(value => value == 0) / 400_000.0, 3e-3);
        Assert.Equal(mean, values.Average(value => (double)value), 3e-3);
        Assert.Equal(square, values.Average(value => (double)value * value), 3e-3);
        Assert.Equal(values, new FeatureSource(new SparseFeatures { Sparsity = sparsity }, 8).HeldOut(50_000));
        Assert.NotEqual(values, new FeatureSource(new SparseFeatures { Sparsity = sparsity, Seed = 1 }, 8).HeldOut(50_000));
    }

    [Fact]
    public void A_linear_model_keeps_as_many_orthogonal_features_as_it_has_dimensions_and_a_relu_packs_more_of_sparse_ones()
    {
        var linear = Represented(relu: false);
        Assert.Equal(2, linear.Count);
        Assert.All(linear, dimensionality => Assert.Equal(1, dimensionality, 0.02));
        Assert.True(Represented(relu: true).Count > 2);

        static List<double> Represented(bool relu)
        {
            var run = Runs.Toy(3, features: 6, hidden: 2, batch: 128, relu) with
            {
                Data = new SparseFeatures { Sparsity = 0.95 },
                Train = new TrainConfiguration { Steps = 1500, Batch = 128, Lr = 1e-2 },
            };
            using var trainer = ModelKind.Trainer([run]);
            while (!trainer.Done)
            {
                trainer.Step();
            }
            using var scope = NewDisposeScope();
            using var measurement = ModelKind.Of(run).Measurement(run.Data, [Measure.Superposition]);
            var vector = measurement.Measure(trainer.Weights(0))[0];
            List<double> found = [.. Enumerable.Range(0, 6).Where(k => vector.Get("features", k, "norm") > 0.5).Select(k => vector.Get("features", k, "dimensionality")!.Value)];
            Assert.Equal(found.Count, vector.Get("superposition", 0, "features_represented"));
            return found;
        }
    }

    [Fact]
    public void An_export_holds_W_and_b_and_the_configuration_beside_it_reads_back()
    {
        using var scope = NewDisposeScope();
        using var trainer = ModelKind.Trainer([Runs.Toy(1), Runs.Toy(2)]);
        trainer.Step();
        using var reader = new SafetensorsReader(new MemoryStream(trainer.Export(1)), "export");
        Assert.Equal(trainer.Weights(1)["W"].detach().data<float>().ToArray(), reader.Read("W", 2, 5).data<float>().ToArray());
        Assert.Equal(trainer.Weights(1)["b"].detach().data<float>().ToArray(), reader.Read("b", 5).data<float>().ToArray());
        Assert.Equal(Runs.Toy(1).Model, System.Text.Json.JsonSerializer.Deserialize<Architecture>(trainer.ExportConfiguration(), Json.Options));
    }

    [Fact]
    public void A_kind_of_model_that_cannot_read_the_data_is_refused()
    {
        var run = Runs.Toy(1) with { Data = Runs.Tiny(1).Data };
        Assert.Contains("sparse-features", Assert.Throws<DataConfigurationException>(() => ModelKind.Trainer([run])).Message);
        Assert.Throws<ArgumentException>(() => ModelKind.Trainer([Runs.Toy(1), Runs.Toy(2, relu: false)]));
        Assert.Throws<ArgumentException>(() => ModelKind.Trainer([Runs.Toy(1), Runs.Tiny(1)]));
    }
}
