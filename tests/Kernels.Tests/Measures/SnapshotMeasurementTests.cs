using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Tests.Circuits;
using Orchestrator.Kernels.Tests.Model;
using Orchestrator.Kernels.Tests.Training;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Measures;

[Collection(nameof(Alone))] // it counts live tensors, and the count is the process's
public sealed class SnapshotMeasurementTests
{
    private const int Vocab = 13;
    private static readonly Measure[] Everything = Enum.GetValues<Measure>();

    private static ModelConfiguration Shape(int layers, PositionKind positions = PositionKind.Shortformer, bool layerNorm = false, bool smeared = false, int context = 24) => new()
    {
        Layers = layers,
        Heads = 3,
        DModel = 10,
        DHead = 4,
        NCtx = context,
        Positions = positions,
        LayerNorm = layerNorm,
        SmearedKeys = smeared,
    };

    private static EvaluationSet Evaluation(int context, int length)
    {
        var random = new Random(3);
        return new(Sequences(5), PrefixMatchingBatch.Create(Vocab, context, bos: true, seed: 1))
        {
            Examples = new LossExamples(Sequences(MetricLayout.TokenLossExamples), [.. Enumerable.Range(0, MetricLayout.TokenLossExamples).Select(_ => random.Next(1, length))]),
        };

        long[][] Sequences(int count) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => (long)random.Next(Vocab)).ToArray())];
    }

    public static TheoryData<int, PositionKind, bool, bool> Shapes => new()
    {
        { 0, PositionKind.Shortformer, false, false }, { 1, PositionKind.None, true, false }, { 2, PositionKind.Rotary, false, true },
        { 2, PositionKind.Learned, true, true }, { 3, PositionKind.Shortformer, false, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_column_holds_its_definition(int layers, PositionKind positions, bool layerNorm, bool smeared)
    {
        using var scope = NewDisposeScope();
        var shape = Shape(layers, positions, layerNorm, smeared);
        var (weights, evaluation) = (RandomWeights.Pack(shape, Vocab, 1), Evaluation(24, 24));
        using var measurement = new SnapshotMeasurement(shape, Vocab, evaluation, Everything);
        var vector = measurement.Measure(weights)[0];

        // The same in float64, column by column.
        var model = CircuitModel.Create(weights, CircuitConfiguration.From(shape, Vocab));
        var (held, prefix) = (Ids(evaluation.HeldOut), Ids(evaluation.Prefix!.Tokens));
        var (trace, repeated) = (ForwardPass.Run(model, held), ForwardPass.Run(model, prefix));
        var (heldMatches, prefixMatches) = (TokenMatches.Of(held, ScalarType.Float64), TokenMatches.Of(prefix, ScalarType.Float64));
        var perToken = Unembedding.LossPerToken(model, trace);
        var circuits = new TokenCircuits(model);
        var previous = PatternScores.PreviousToken(trace);
        var pairs = new PairScores(model, circuits, previous.Mean());
        var ablated = Ablation.EachHead(model, trace);
        var icl = perToken.select(-1, 22) - perToken.select(-1, 1);                          // [1, batch]
        Sampled("run", "loss", new(perToken.mean([-1]).unsqueeze(-1)));
        Sampled("run", "icl_score", new((perToken.select(-1, 22) - perToken.select(-1, 1)).unsqueeze(-1)));
        Sampled("run", "icl_window", new((perToken.narrow(-1, 21, 2).mean([-1]) - perToken.narrow(-1, 0, 3).mean([-1])).unsqueeze(-1)));       // T/16 = 1, cut at the end
        Column("run", "sequences", [5]);
        var repeats = prefixMatches.Repeats.narrow(1, 0, repeated.Length - 1);
        Sampled("run", "prefix_loss", new((Unembedding.LossPerToken(model, repeated) * repeats).sum([-1]).unsqueeze(-1), repeats.sum(1)));
        Sampled("index_losses", "loss", new(perToken));
        Sampled("heads", "prefix_matching", PatternScores.PrefixMatching(repeated, prefixMatches));
        Sampled("heads", "logit_attribution", LogitAttribution.Mean(model, repeated, prefixMatches.Repeats, centered: true));
        Sampled("heads", "previous_token", previous);
        Sampled("heads", "duplicate_token", PatternScores.DuplicateToken(trace, heldMatches));
        Sampled("heads", "bos_attention", PatternScores.FirstToken(trace));
        Sampled("heads", "entropy", PatternScores.Entropy(trace));
        Column("heads", "ov_copying", circuits.Copying().Values());
        Column("heads", "ov_copying_centered", circuits.CopyingCentered().Values());
        Column("heads", "ov_copying_z", EigenScoreNull.Z(model.Configuration, circuits.Copying()).Values(), 1e-2);
        Column("heads", "ov_trace", circuits.CopyingTrace().Values());
        Column("heads", "qk_matching", circuits.Matching().Values());
        Column("heads", "ov_norm", HeadNorms.OutputValue(model).Values());
        Column("heads", "qk_norm", HeadNorms.QueryKey(model).Values());
        Column("heads", "copying", CopyingScore.EachHead(model).Values());
        Column("heads", "qk_eigen_previous", pairs.ThroughPrevious.Values());
        Column("heads", "qk_eigen_weighted", pairs.Weighted.Values());
        Column("heads", "qk_trace_weighted", pairs.WeightedTrace.Values());
        Sampled("heads", "ablation_loss_delta", new((ablated.Full.mean([-1]) - perToken.mean([-1]).unsqueeze(1)).transpose(1, 2)));
        Sampled("heads", "ablation_loss_frozen_delta", new((ablated.Frozen.mean([-1]) - perToken.mean([-1]).unsqueeze(1)).transpose(1, 2)));
        Sampled("heads", "ablation_icl_delta", new((ablated.Full.select(-1, 22) - ablated.Full.select(-1, 1) - icl.unsqueeze(1)).transpose(1, 2)));
        Sampled("heads", "ablation_icl_frozen_delta", new((ablated.Frozen.select(-1, 22) - ablated.Frozen.select(-1, 1) - icl.unsqueeze(1)).transpose(1, 2)));
        var composition = new CompositionScores(model);
        var order = MetricLayout.Pairs(layers, 3).ToList();
        foreach (var (name, way) in new[] { ("q", composition.Query), ("k", composition.Key), ("v", composition.Value) })
        {
            Column("pairs", name, [.. order.Select(pair => way.Raw.Of(pair.From, pair.To))]);
            Column("pairs", $"{name}_excess", [.. order.Select(pair => way.Raw.Of(pair.From, pair.To) - 1 / Math.Sqrt(10))]);
            Column("pairs", $"{name}_z", [.. order.Select(pair => way.Z.Of(pair.From, pair.To))], 1e-2);
            var partners = Heads().Select(to => Enumerable.Range(0, to / 3 * 3).Select(from => (double)from).DefaultIfEmpty(double.NaN).MaxBy(from => double.IsNaN(from) ? 0 : way.Raw.Of((int)from, to))).ToArray();
            Column("heads", $"{name}_partner", partners);
            Column("heads", $"{name}_excess_max", [.. Heads().Select(to => double.IsNaN(partners[to]) ? double.NaN : way.Excess.Of((int)partners[to], to))]);
        }
        Column("pairs", "qk_eigen_score", [.. order.Select(pair => pairs.KeyEigenScore.Of(pair.From, pair.To))]);
        Column("pairs", "qk_trace", [.. order.Select(pair => pairs.KeyTrace.Of(pair.From, pair.To))], 1e-2);
        Column("pairs", "ov_eigen_score", [.. order.Select(pair => pairs.VirtualEigenScore.Of(pair.From, pair.To))]);
        var terms = TermImportance.Of(model, trace, perToken);
        Sampled("terms", "loss", terms.ByOrder);
        Sampled("layer_terms", "direct_plus_layer_loss", terms.DirectPlusLayer);
        FeatureGeometry[] tokens = [FeatureGeometry.Of(model.W_E.transpose(1, 2)), FeatureGeometry.Of(model.W_U)];
        Column("superposition", "features_represented", [double.NaN, double.NaN]); // an embedding's norm has no scale
        Column("superposition", "mean_dimensionality", [.. tokens.Select(t => t.Dimensionality.mean().item<double>())]);
        Column("superposition", "dimensionality_sum", [.. tokens.Select(t => t.Dimensionality.sum().item<double>())]);
        Column("superposition", "dimensions_per_feature", [.. tokens.Select(t => t.DimensionsPerFeature.item<double>())]);
        Column("superposition", "squared_norm", [model.W_E.square().sum().item<double>(), model.W_U.square().sum().item<double>()]);
        Column("superposition", "effective_rank", [.. tokens.Select(t => t.EffectiveRank.item<double>())]);
        Column("superposition", "participation_ratio", [.. tokens.Select(t => t.ParticipationRatio.item<double>())]);
        Column("superposition", "mean_absolute_cosine", [FeatureGeometry.MeanAbsoluteCosine(model.W_E.transpose(1, 2)).item<double>(), FeatureGeometry.MeanAbsoluteCosine(model.W_U).item<double>()]);
        Column("heads", "query_effective_rank", Ranks(model.Heads.W_Q));
        Column("heads", "key_effective_rank", Ranks(model.Heads.W_K));
        Column("heads", "value_effective_rank", Ranks(model.Heads.W_V));
        Column("heads", "output_effective_rank", Ranks(model.Heads.W_O));
        var examples = evaluation.Examples!;
        var ofExamples = Unembedding.LossPerToken(model, ForwardPass.Run(model, Ids(examples.Sequences)))[0];
        Column("token_losses", "loss", [.. examples.Index.Select((index, sequence) => ofExamples[sequence, index - 1].item<double>())]);

        double[] Ranks(Tensor factors) => [.. Heads().Select(head =>
        {
            var s = linalg.svdvals(factors[0][head]).square();
            return Math.Exp(-(s / s.sum() * (s / s.sum()).log()).sum().item<double>());
        })];

        IEnumerable<int> Heads() => Enumerable.Range(0, layers * 3);

        // The mean, and its error with sequences as units, from each sequence's own number.
        void Sampled(string section, string column, PerSequence each)
        {
            Column(section, column, each.Numbers());
            var (x, c) = (each.Sums[0].Rows(), each.Counts?.Values() ?? [.. Enumerable.Repeat(1.0, (int)each.Sums.shape[1])]);
            Column(section, Metric.ErrorOf(column), [.. each.Numbers().Select((mean, row) =>
            {
                var residuals = x.Select((own, b) => (own[row] - mean * c[b]) / c.Average()).ToArray();
                return Math.Sqrt(residuals.Sum(e => e * e) / (residuals.Length - 1) / residuals.Length);
            })], 1e-2);
        }

        void Column(string section, string column, IReadOnlyList<double> expected, double tolerance = 1e-3)
        {
            var rows = vector.Layout.Find(section)!.Rows;
            Assert.Equal(expected.Count, rows);
            Same.Numbers(expected, [.. Enumerable.Range(0, rows).Select(row => vector.Get(section, row, column) ?? double.NaN)], tolerance);
            _checked.Add((section, column));
        }

        Assert.Equal(vector.Layout.Sections.Sum(section => section.Columns.Count), _checked.Count);
    }

    private readonly HashSet<(string, string)> _checked = [];

    [Fact]
    public void What_is_not_defined_is_not_a_number()
    {
        var shape = Shape(1, context: 8);
        using var scope = NewDisposeScope();
        using var measurement = new SnapshotMeasurement(shape, Vocab, Evaluation(8, 8), Everything);
        var weights = RandomWeights.Pack(shape, Vocab, 1);
        weights.Layers[0].W_O.narrow(1, 0, 4).zero_();                    // head 0.0 writes nothing
        var vector = measurement.Measure(weights)[0];
        Assert.Null(vector.Get("run", 0, "icl_score"));                   // too short
        Assert.Null(vector.Get("heads", 0, "ov_copying"));
        Assert.Null(vector.Get("heads", 0, "copying"));
        Assert.Equal(0.0, vector.Get("heads", 0, "ablation_loss_delta")!.Value, 1e-6);
        Assert.NotNull(vector.Get("heads", 1, "ov_copying"));
        Assert.Null(vector.Get("heads", 1, "k_excess_max"));              // nothing comes before the first layer
        Assert.Null(vector.Get("heads", 1, "k_partner"));
    }

    [Fact]
    public void Only_the_measures_asked_for_are_in_the_vector()
    {
        var shape = Shape(2);
        using var scope = NewDisposeScope();
        var weights = RandomWeights.Pack(shape, Vocab, 1);
        foreach (var measure in Everything)
        {
            using var alone = new SnapshotMeasurement(shape, Vocab, Evaluation(24, 24), [measure]);
            using var all = new SnapshotMeasurement(shape, Vocab, Evaluation(24, 24), Everything);
            var (one, many) = (alone.Measure(weights)[0], all.Measure(weights)[0]);
            Assert.Equal(MetricLayout.For(shape, [measure]).Length, one.Values.Length);
            foreach (var section in one.Layout.Sections)
            {
                foreach (var column in section.Columns)
                {
                    Assert.Equal(Enumerable.Range(0, section.Rows).Select(row => many.Get(section.Name, row, column)), Enumerable.Range(0, section.Rows).Select(row => one.Get(section.Name, row, column)));
                }
            }
        }
    }

    [Fact]
    public void Measuring_leaves_no_tensor_behind_and_gives_the_same_bits_again()
    {
        var shape = Shape(2);
        using var scope = NewDisposeScope();
        var weights = RandomWeights.Pack(shape, Vocab, 1);
        using var measurement = new SnapshotMeasurement(shape, Vocab, Evaluation(24, 24), Everything);
        var first = measurement.Measure(weights)[0].ToBytes();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(first, measurement.Measure(weights)[0].ToBytes());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Each_member_of_a_pack_has_the_numbers_that_it_has_alone(int layers, PositionKind positions, bool layerNorm, bool smeared)
    {
        var shape = Shape(layers, positions, layerNorm, smeared);
        using var scope = NewDisposeScope();
        using var measurement = new SnapshotMeasurement(shape, Vocab, Evaluation(24, 24), Everything);
        var pack = RandomWeights.Pack(shape, Vocab, 3);
        var together = measurement.Measure(pack);
        Assert.Equal(3, together.Count);
        for (var member = 0; member < 3; member++)
        {
            Same.Numbers([.. measurement.Measure(pack.Member(member))[0].Values.Select(v => (double)v)], [.. together[member].Values.Select(v => (double)v)], 1e-3);
        }
    }

    private static Tensor Ids(long[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
