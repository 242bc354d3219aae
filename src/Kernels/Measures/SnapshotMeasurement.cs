using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Measures snapshots of models of one shape on one evaluation set: makes the packed vector of a layout from the weights of one
/// model. Keeps tokens and their matches between snapshots. For one thread at a time; dispose it.
/// </summary>
/// <remarks>
/// Definitions of metric version 1 (<c>math.md</c> 5). On the held-out sequences: <c>loss</c>, <c>icl_score</c>, index losses,
/// terms, ablations, <c>previous_token</c>, <c>duplicate_token</c>, <c>bos_attention</c> (attention to the first position) and
/// <c>entropy</c>. On the prefix-matching batch, over queries whose token occurred before: <c>prefix_matching</c>,
/// <c>prefix_loss</c> (mean loss of the next token, 5.7) and <c>logit_attribution</c> (mean direct effect on the logit of the
/// next token, centred over the vocabulary). From weights alone: the rest. Differences of ablations are ablated minus clean.
/// The pass runs in float32, reductions of d_head × d_head matrices in float64. An undefined value is NaN.
/// </remarks>
public sealed class SnapshotMeasurement : ISnapshotMeasurement
{
    private readonly ModelConfiguration _model;
    private readonly CircuitConfiguration _configuration;
    private readonly MetricLayout _layout;
    private readonly MeasuredBatch _heldOut;
    private readonly MeasuredBatch? _prefix;
    private readonly TokenLossMeasure? _tokenLosses;

    /// <summary>Prepares the evaluation set for models of one shape.</summary>
    /// <param name="model">The models' shape.</param>
    /// <param name="vocab">Number of token ids V.</param>
    /// <param name="evaluation">What to measure on.</param>
    /// <param name="measures">What to measure.</param>
    public SnapshotMeasurement(ModelConfiguration model, int vocab, EvaluationSet evaluation, IReadOnlyCollection<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(evaluation);
        (_model, _configuration, _layout) = (model, CircuitConfiguration.From(model, vocab), MetricLayout.For(model, measures));
        _heldOut = new MeasuredBatch(evaluation.HeldOut, vocab, model.NCtx);
        _prefix = evaluation.Prefix is { } prefix ? new MeasuredBatch(prefix.Tokens, vocab, model.NCtx) : null;
        _tokenLosses = evaluation.Examples is { } examples && _layout.Find("token_losses") is not null ? new TokenLossMeasure(model, examples) : null;
    }

    /// <summary>The layout of the vectors that measuring makes.</summary>
    public MetricLayout Layout => _layout;

    /// <inheritdoc/>
    public MetricVector Measure(IReadOnlyDictionary<string, Tensor> weights) => Measure(ParameterLayout.Arrange(_model, weights));

    /// <summary>All metrics of one model (a pack of one, float32). Gradients are not needed and not recorded.</summary>
    public MetricVector Measure(ModelWeights weights)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var model = CircuitModel.Create(weights, _configuration, ScalarType.Float32);
        var vector = MetricVector.Undefined(_layout);
        var trace = ForwardPass.Run(model, _heldOut.Tokens);
        var indexLosses = InContextLearning.IndexLosses(Unembedding.LossPerToken(model, trace));
        vector.Set("run", 0, "loss", Average(indexLosses));
        vector.Set("run", 0, "icl_score", InContextLearning.Score(indexLosses).Defined());
        for (var i = 0; i < Math.Min(indexLosses.Length, _layout.Find("index_losses")?.Rows ?? 0); i++)
        {
            vector.Set("index_losses", i, "loss", indexLosses[i]);
        }
        var heads = new HeadMeasures(model, vector);
        var previous = PatternScores.PreviousToken(trace);
        if (_prefix is not null)
        {
            var prefix = ForwardPass.Run(model, _prefix.Tokens);
            vector.Set("run", 0, "prefix_loss", PrefixLoss(model, prefix, _prefix.Matches).Defined());
            heads.OnPrefixBatch(prefix, _prefix.Matches);
        }
        heads.OnHeldOut(trace, _heldOut.Matches, previous);
        heads.OfWeights(previous);
        heads.Ablations(trace, indexLosses);
        Terms(model, trace, vector);
        SuperpositionMeasures.OfTransformer(model, vector);
        _tokenLosses?.Fill(weights, vector);
        return vector;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heldOut.Dispose();
        _prefix?.Dispose();
        _tokenLosses?.Dispose();
    }

    private static double? Average(double[] indexLosses) => indexLosses.Length == 0 ? null : indexLosses.Average();

    private static double PrefixLoss(CircuitModel model, ForwardTrace trace, TokenMatches matches)
    {
        var queries = matches.Repeats.narrow(1, 0, trace.Length - 1);                                  // [batch, pos - 1]
        return ((Unembedding.LossPerToken(model, trace) * queries).sum() / queries.sum()).Value();     // no query: NaN
    }

    private static void Terms(CircuitModel model, ForwardTrace trace, MetricVector vector)
    {
        if (vector.Layout.Find("terms") is null || trace.Length < 2)
        {
            return;
        }
        var terms = TermImportance.Of(model, trace);
        foreach (var (order, loss) in terms.LossByOrder.Index())
        {
            vector.Set("terms", order, "loss", loss);
        }
        foreach (var (layer, loss) in terms.DirectPlusLayerLoss.Index())
        {
            vector.Set("layer_terms", layer, "direct_plus_layer_loss", loss);
        }
    }
}
