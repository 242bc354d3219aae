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
        var vector = measurement.Measure(weights);

        // The same in float64, column by column.
        var model = CircuitModel.Create(weights, CircuitConfiguration.From(shape, Vocab));
        var (held, prefix) = (Ids(evaluation.HeldOut), Ids(evaluation.Prefix!.Tokens));
        var (trace, repeated) = (ForwardPass.Run(model, held), ForwardPass.Run(model, prefix));
        var (heldMatches, prefixMatches) = (TokenMatches.Of(held, ScalarType.Float64), TokenMatches.Of(prefix, ScalarType.Float64));
        var losses = InContextLearning.IndexLosses(Unembedding.LossPerToken(model, trace));
        var circuits = new TokenCircuits(model);
        var previous = PatternScores.PreviousToken(trace);
        var pairs = new PairScores(model, circuits, previous);
        var ablated = Ablation.EachHead(model, trace);
        var icl = InContextLearning.Score(losses);
        Column("run", "loss", [losses.Average()]);
        Column("run", "icl_score", [losses[22] - losses[1]]);
        var repeats = prefixMatches.Repeats.narrow(1, 0, repeated.Length - 1);
        Column("run", "prefix_loss", [((Unembedding.LossPerToken(model, repeated) * repeats).sum() / repeats.sum()).item<double>()]);
        Column("index_losses", "loss", losses);
        Column("heads", "prefix_matching", PatternScores.PrefixMatching(repeated, prefixMatches));
        Column("heads", "logit_attribution", LogitAttribution.Mean(model, repeated, prefixMatches.Repeats, centered: true));
        Column("heads", "previous_token", previous);
        Column("heads", "duplicate_token", PatternScores.DuplicateToken(trace, heldMatches));
        Column("heads", "bos_attention", PatternScores.FirstToken(trace));
        Column("heads", "entropy", PatternScores.Entropy(trace));
        Column("heads", "ov_copying", circuits.Copying());
        Column("heads", "ov_copying_centered", circuits.CopyingCentered());
        Column("heads", "ov_copying_z", EigenScoreNull.Z(model.Configuration, circuits.Copying()), 1e-2);
        Column("heads", "ov_trace", circuits.CopyingTrace());
        Column("heads", "qk_matching", circuits.Matching());
        Column("heads", "ov_norm", HeadNorms.OutputValue(model));
        Column("heads", "qk_norm", HeadNorms.QueryKey(model));
        Column("heads", "copying", CopyingScore.EachHead(model));
        Column("heads", "qk_eigen_previous", [.. Heads().Select(head => pairs.Summary(head).ThroughPrevious)]);
        Column("heads", "qk_eigen_weighted", [.. Heads().Select(head => pairs.Summary(head).Weighted)]);
        Column("heads", "qk_trace_weighted", [.. Heads().Select(head => pairs.Summary(head).WeightedTrace)]);
        Column("heads", "ablation_loss_delta", [.. ablated.Select(a => a.Full.Average() - losses.Average())]);
        Column("heads", "ablation_loss_frozen_delta", [.. ablated.Select(a => a.Frozen.Average() - losses.Average())]);
        Column("heads", "ablation_icl_delta", [.. ablated.Select(a => InContextLearning.Score(a.Full) - icl)]);
        Column("heads", "ablation_icl_frozen_delta", [.. ablated.Select(a => InContextLearning.Score(a.Frozen) - icl)]);
        var composition = new CompositionScores(model);
        var order = MetricLayout.Pairs(layers, 3).ToList();
        foreach (var (name, of) in new (string, Func<int, int, Composition>)[] { ("q", composition.Query), ("k", composition.Key), ("v", composition.Value) })
        {
            Column("pairs", name, [.. order.Select(pair => of(pair.From, pair.To).Raw)]);
            Column("pairs", $"{name}_excess", [.. order.Select(pair => of(pair.From, pair.To).Raw - 1 / Math.Sqrt(10))]);
            Column("pairs", $"{name}_z", [.. order.Select(pair => of(pair.From, pair.To).Z)], 1e-2);
            var partners = Heads().Select(to => Enumerable.Range(0, to / 3 * 3).Select(from => (double)from).DefaultIfEmpty(double.NaN).MaxBy(from => double.IsNaN(from) ? 0 : of((int)from, to).Raw)).ToArray();
            Column("heads", $"{name}_partner", partners);
            Column("heads", $"{name}_excess_max", [.. Heads().Select(to => double.IsNaN(partners[to]) ? double.NaN : of((int)partners[to], to).Excess)]);
        }
        Column("pairs", "qk_eigen_score", [.. order.Select(pair => pairs[pair.From, pair.To].KeyEigenScore)]);
        Column("pairs", "qk_trace", [.. order.Select(pair => pairs[pair.From, pair.To].KeyTrace)], 1e-2);
        Column("pairs", "ov_eigen_score", [.. order.Select(pair => pairs[pair.From, pair.To].VirtualEigenScore)]);
        var terms = TermImportance.Of(model, trace);
        Column("terms", "loss", terms.LossByOrder);
        Column("layer_terms", "direct_plus_layer_loss", terms.DirectPlusLayerLoss);
        FeatureGeometry[] tokens = [FeatureGeometry.Of(model.W_E.transpose(0, 1)), FeatureGeometry.Of(model.W_U)];
        Column("superposition", "features_represented", [double.NaN, double.NaN]); // an embedding's norm has no scale
        Column("superposition", "mean_dimensionality", [.. tokens.Select(t => t.Dimensionality.Average())]);
        Column("superposition", "dimensionality_sum", [.. tokens.Select(t => t.Dimensionality.Sum())]);
        Column("superposition", "dimensions_per_feature", [.. tokens.Select(t => t.DimensionsPerFeature)]);
        Column("superposition", "squared_norm", [model.W_E.square().sum().item<double>(), model.W_U.square().sum().item<double>()]);
        Column("superposition", "effective_rank", [.. tokens.Select(t => t.EffectiveRank)]);
        Column("superposition", "participation_ratio", [.. tokens.Select(t => t.ParticipationRatio)]);
        Column("superposition", "mean_absolute_cosine", [FeatureGeometry.MeanAbsoluteCosine(model.W_E.transpose(0, 1)), FeatureGeometry.MeanAbsoluteCosine(model.W_U)]);
        Column("heads", "query_effective_rank", Ranks(model.Heads.W_Q));
        Column("heads", "key_effective_rank", Ranks(model.Heads.W_K));
        Column("heads", "value_effective_rank", Ranks(model.Heads.W_V));
        Column("heads", "output_effective_rank", Ranks(model.Heads.W_O));
        var examples = evaluation.Examples!;
        var perToken = Unembedding.LossPerToken(model, ForwardPass.Run(model, Ids(examples.Sequences)));
        Column("token_losses", "loss", [.. examples.Index.Select((index, sequence) => perToken[sequence, index - 1].item<double>())]);

        double[] Ranks(Tensor factors) => [.. Heads().Select(head =>
        {
            var s = linalg.svdvals(factors[head]).square();
            return Math.Exp(-(s / s.sum() * (s / s.sum()).log()).sum().item<double>());
        })];

        IEnumerable<int> Heads() => Enumerable.Range(0, layers * 3);

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
        var vector = measurement.Measure(weights);
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
            var (one, many) = (alone.Measure(weights), all.Measure(weights));
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
        var first = measurement.Measure(weights).ToBytes();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(first, measurement.Measure(weights).ToBytes());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_pack_of_several_models_is_refused()
    {
        var shape = Shape(1);
        using var scope = NewDisposeScope();
        using var measurement = new SnapshotMeasurement(shape, Vocab, Evaluation(24, 24), [Measure.Heads]);
        var pack = RandomWeights.Pack(shape, Vocab, 2);
        Assert.Throws<ArgumentException>(() => measurement.Measure(pack));
        Assert.Equal(measurement.Layout.Length, measurement.Measure(pack.Member(1)).Values.Length);
    }

    private static Tensor Ids(long[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
