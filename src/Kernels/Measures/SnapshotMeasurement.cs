using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Measures snapshots of models of one shape on one evaluation set: makes the packed vector of a layout from the weights of each model
/// of a pack. For one thread at a time; dispose it.
/// </summary>
/// <remarks>
/// Definitions of metric version 2 (<c>math.md</c> 5, 8.3). On the held-out sequences: <c>loss</c>, <c>icl_score</c>, <c>icl_window</c>, index losses,
/// terms, ablations, <c>previous_token</c>, <c>duplicate_token</c>, <c>bos_attention</c> (attention to the first position) and
/// <c>entropy</c>. On the prefix-matching batch, over queries whose token occurred before: <c>prefix_matching</c>,
/// <c>prefix_loss</c> (mean loss of the next token, 5.7) and <c>logit_attribution</c> (mean direct effect on the logit of the
/// next token, centred over the vocabulary). From weights alone: the rest. Differences of ablations are ablated minus clean.
/// A mean over sequences has its standard error from their choice beside it, in the column of its name and <c>_error</c>.
/// The pass runs in float32, reductions of d_head × d_head matrices in float64. An undefined value is NaN.
/// </remarks>
public sealed class SnapshotMeasurement : ISnapshotMeasurement
{
    private const long MostOnHost = 1L << 17;        // floats of one intermediate result: they stay in the caches, and below what the heap maps anew each time
    private const long MostOnDevice = 1L << 26;
    private const long Least = 1L << 12;
    private const int LeastSequences = 16;

    private readonly ModelConfiguration _model;
    private readonly CircuitConfiguration _configuration;
    private readonly Device _device;
    private readonly Tensor _heldOut;                // token ids [sequence, pos]
    private readonly Tensor? _prefix;                // the same, or null
    private readonly TokenLossMeasure? _tokenLosses;
    private long _most;

    /// <summary>Prepares the evaluation set for models of one shape.</summary>
    /// <param name="model">The models' shape.</param>
    /// <param name="vocab">Number of token ids V.</param>
    /// <param name="evaluation">What to measure on.</param>
    /// <param name="measures">What to measure.</param>
    /// <param name="device">Where the models will lie; the CPU by default.</param>
    public SnapshotMeasurement(ModelConfiguration model, int vocab, EvaluationSet evaluation, IReadOnlyCollection<Measure> measures, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(evaluation);
        (_model, _configuration, Layout, _device) = (model, CircuitConfiguration.From(model, vocab), MetricLayout.For(model, measures), device ?? CPU);
        _most = _device.type == DeviceType.CPU ? MostOnHost : MostOnDevice;
        _heldOut = Tokens(evaluation.HeldOut);
        _prefix = evaluation.Prefix is { } prefix ? Tokens(prefix.Tokens) : null;
        _tokenLosses = evaluation.Examples is { } examples && Layout.Find("token_losses") is not null ? new TokenLossMeasure(model, examples, _device) : null;

        Tensor Tokens(long[][] sequences)
        {
            CheckTokens(sequences, vocab, model.NCtx);
            using var scope = NewDisposeScope();
            return tensor(sequences.SelectMany(sequence => sequence).ToArray(), [sequences.Length, sequences[0].Length]).to(_device).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public MetricLayout Layout { get; }

    /// <inheritdoc/>
    public IReadOnlyList<MetricVector> Measure(IReadOnlyDictionary<string, Tensor> pack, bool final = true) => Measure(ParameterLayout.Arrange(_model, pack), final);

    /// <summary>All metrics of each model of a pack, in float32. Gradients are not needed and not recorded. Where memory runs out it goes on in smaller parts.</summary>
    public IReadOnlyList<MetricVector> Measure(ModelWeights pack, bool final = true)
    {
        ArgumentNullException.ThrowIfNull(pack);
        using var _ = no_grad();
        while (true)
        {
            try
            {
                return InParts(pack, final);
            }
            catch (Exception failure) when (_most > Least && TensorMemoryException.IsCauseOf(failure))
            {
                _most /= 4;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heldOut.Dispose();
        _prefix?.Dispose();
        _tokenLosses?.Dispose();
    }

    private List<MetricVector> InParts(ModelWeights pack, bool final)
    {
        var (members, sequences) = ((int)pack.W_E.shape[0], final ? _heldOut.shape[0] : Math.Min(_heldOut.shape[0], EvaluationSet.BetweenSequences));
        var atOnce = (int)Math.Clamp(_most / (PerSequence * Math.Min(LeastSequences, sequences)), 1, members);
        var vectors = new List<MetricVector>();
        for (var first = 0; first < members; first += atOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(atOnce, members - first);
            vectors.AddRange(Some(count == members ? pack : pack.Select(tensor => tensor.narrow(0, first, count)), count, sequences));
        }
        return vectors;
    }

    /// <summary>Floats of the largest intermediate result of one sequence of one model.</summary>
    private long PerSequence => _heldOut.shape[1] * new[] { _model.Heads * _heldOut.shape[1], _model.DModel, (long)_model.Heads * _model.DHead, _configuration.Vocab }.Max();

    private IReadOnlyList<MetricVector> Some(ModelWeights pack, int members, long sequences)
    {
        var model = CircuitModel.Create(pack, _configuration, ScalarType.Float32);
        var columns = new MetricColumns(Layout, members, _device);
        var (heldOut, prefix) = (new DataColumns(columns), new DataColumns(columns));
        var step = Math.Clamp(_most / (PerSequence * members), 1, sequences);
        for (var start = 0L; start < sequences; start += step)
        {
            using var scope = NewDisposeScope();
            var part = new MeasuredPart(columns);
            SequenceMeasures.HeldOut(model, _heldOut.narrow(0, start, Math.Min(step, sequences - start)), part);
            heldOut.Add(part);
        }
        if (_prefix is not null)
        {
            using var scope = NewDisposeScope();
            var part = new MeasuredPart(columns);
            SequenceMeasures.Prefix(model, _prefix, part);
            prefix.Add(part);
        }
        var means = heldOut.Finish();
        prefix.Finish();
        columns.Set("run", "sequences", full([members, 1], ((double)sequences).Held(), ScalarType.Float64, _device));
        WeightMeasures.Fill(model, columns, means.GetValueOrDefault(("heads", "previous_token")));
        _tokenLosses?.Fill(pack, columns);
        return columns.Vectors();
    }

    private static void CheckTokens(long[][] sequences, int vocab, int context)
    {
        var length = sequences.Length == 0 ? 0 : sequences[0].Length;
        if (length == 0 || length > context || sequences.Any(sequence => sequence.Length != length))
        {
            throw new ArgumentException($"an evaluation batch needs at least one sequence, all of one length from 1 to the context of {context}", nameof(sequences));
        }
        if (sequences.SelectMany(sequence => sequence).Any(id => id < 0 || id >= vocab))
        {
            throw new ArgumentException($"an evaluation batch holds token ids outside of 0..{vocab - 1}", nameof(sequences));
        }
    }
}
