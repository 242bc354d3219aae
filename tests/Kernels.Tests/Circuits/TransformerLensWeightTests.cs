using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>What weights alone say, against TransformerLens, at a hundredth of the tolerances that the fixtures state.</summary>
[Collection("circuits")]
public sealed class TransformerLensWeightTests
{
    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Composition_scores_are_those_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        var scores = new CompositionScores(reference.Model);
        foreach (var (from, to) in MetricLayout.Pairs(2, 4))
        {
            Assert.Equal(Expected("Q", from, to), scores.Query.Raw.Of(from, to), 2e-8);
            Assert.Equal(Expected("K", from, to), scores.Key.Raw.Of(from, to), 2e-8);
            Assert.Equal(Expected("V", from, to), scores.Value.Raw.Of(from, to), 2e-8);
            Assert.Equal(scores.Key.Raw.Of(from, to) - 1 / Math.Sqrt(32), scores.Key.Excess.Of(from, to), 1e-12);
        }

        double Expected(string kind, int from, int to) =>
            reference.Values.At("composition", kind)[from / 4][from % 4][to / 4][to % 4].GetDouble();
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Eigen_scores_are_those_of_the_full_circuits(string name)
    {
        using var reference = new ReferenceModel(name);
        var circuits = new TokenCircuits(reference.Model);
        Same.Numbers(Score("ov_full"), circuits.Copying().Values(), 1e-7);
        Same.Numbers(Score("ov_full_centered"), circuits.CopyingCentered().Values(), 1e-7);
        Same.Numbers(Score("qk_full"), circuits.Matching().Values(), 1e-7);
        Eigenvalues("ov_full", FactoredMatrix.OutputValueOf);
        Eigenvalues("qk_full", FactoredMatrix.QueryKeyOf);

        double[] Score(string circuit) => reference.Values.At("eigen", circuit, "score").Flat();

        void Eigenvalues(string circuit, Func<CircuitModel, int, FactoredMatrix> of)
        {
            for (var head = 0; head < 8; head++)
            {
                var expected = reference.Values.At("eigen", circuit, "eigenvalues")[head / 4][head % 4].EnumerateArray().Select(pair => (pair[0].GetDouble(), pair[1].GetDouble()));
                var values = of(reference.Model, head).Eigenvalues();
                var ours = values.real.Values().Zip(values.imag.Values());
                // As sets: sorted by size, then by sign of the imaginary part.
                var (a, b) = (Sorted(expected), Sorted(ours));
                Same.Numbers([.. a.SelectMany(v => new[] { v.Real, v.Imaginary })], [.. b.SelectMany(v => new[] { v.Real, v.Imaginary })], 5e-6);
            }
        }

        static List<(double Real, double Imaginary)> Sorted(IEnumerable<(double Real, double Imaginary)> values) =>
            [.. values.OrderByDescending(v => Math.Round(Math.Sqrt(v.Real * v.Real + v.Imaginary * v.Imaginary), 6)).ThenByDescending(v => Math.Round(v.Real, 6)).ThenByDescending(v => v.Imaginary)];
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Virtual_heads_and_composed_attention_have_the_reference_scores(string name)
    {
        using var reference = new ReferenceModel(name);
        var pairs = new PairScores(reference.Model, new TokenCircuits(reference.Model), TorchSharp.torch.zeros(1, 8));
        foreach (var (from, to) in MetricLayout.Pairs(2, 4))
        {
            Assert.Equal(Expected("kq_score", from, to), pairs.KeyEigenScore.Of(from, to), 1e-7);
            Assert.Equal(Expected("ov_score", from, to), pairs.VirtualEigenScore.Of(from, to), 1e-7);
            Assert.Equal(1.0, pairs.KeyTrace.Of(from, to) / Expected("kq_trace", from, to), 1e-7);
        }

        double Expected(string score, int from, int to) => reference.Values.At("virtual", score, "0->1")[from % 4][to % 4].GetDouble();
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Norms_singular_values_and_circuit_rows_are_those_of_TransformerLens(string name)
    {
        using var reference = new ReferenceModel(name);
        var (model, heads) = (reference.Model, reference.Model.Heads);
        Same.Relatively(reference.Values.At("frobenius", "ov").Flat(), HeadNorms.OutputValue(model).Values(), 1e-7);
        Same.Relatively(reference.Values.At("frobenius", "qk").Flat(), HeadNorms.QueryKey(model).Values(), 1e-7);
        Same.Relatively(reference.Values.At("singular_values", "ov").Flat(), new FactoredMatrix(heads.W_V, heads.W_O).SingularValues().Values(), 1e-7);
        Same.Relatively(reference.Values.At("singular_values", "qk").Flat(), new FactoredMatrix(heads.W_Q, heads.W_K.transpose(-2, -1)).SingularValues().Values(), 1e-7);
        for (var head = 0; head < 8; head++)
        {
            var (ov, qk) = (FactoredMatrix.OutputValueOf(model, head), FactoredMatrix.QueryKeyOf(model, head));
            Same.Numbers(reference.Values.At("circuit_rows", "ov_full")[head / 4][head % 4].Flat(), ov.Rows(5, 1).Values(), 1e-6);
            Same.Numbers(reference.Values.At("circuit_rows", "qk_full")[head / 4][head % 4].Flat(), qk.Rows(5, 1).Values(), 1e-6);
            Same.Relatively([reference.Values.At("frobenius", "ov_full")[head / 4][head % 4].GetDouble()], ov.Norm().Values(), 1e-7);
            Same.Relatively([reference.Values.At("frobenius", "qk_full")[head / 4][head % 4].GetDouble()], qk.Norm().Values(), 1e-7);
        }
    }
}
