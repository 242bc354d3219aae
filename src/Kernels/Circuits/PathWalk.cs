using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Walks all paths of one model depth first and keeps only what the heads on the current path mixed, z [batch, pos, e]. The last step is never
/// taken through activations: with a = A^T (u W_O^T), the direction u of the correct token as a head's values see it, a term is
/// sum over positions of (z W_O W_V) · a = sum of (z^T a) * (W_O W_V), one [e, n] × [n, H e] product for all heads of a layer.
/// </summary>
internal sealed class PathWalk
{
    private readonly CircuitConfiguration _configuration;
    private readonly CircuitModel _model;             // a pack of one
    private readonly ForwardTrace _trace;
    private readonly int _longest;
    private readonly double _predictions;
    private readonly IReadOnlyList<Tensor> _direct;
    private readonly Tensor? _target;                 // u [1, batch, pos, d]
    private readonly List<Tensor> _atMix = [];        // per layer: u W_O^T [1, batch, head, pos, e]
    private readonly List<Tensor> _atValues = [];     // per layer: A^T u W_O^T, times the norm of the read [batch * pos, H * e]
    private readonly List<PathTerm> _terms = [];

    public PathWalk(CircuitModel model, ForwardTrace trace, int longest)
    {
        (_configuration, _model, _trace, _longest) = (model.Configuration, model.Alone(), trace, longest);
        _predictions = (double)trace.Batch * (trace.Length - 1);
        _direct = TermImportance.DirectStream(model, trace);
        if (trace.Length < 2)
        {
            return;
        }
        _target = LogitAttribution.TargetDirections(model, trace);
        for (var l = 0; l < model.Layers.Count; l++)
        {
            using var scope = NewDisposeScope();
            var atMix = LogitAttribution.AtHeads(model, model.Layers[l], _target).contiguous();
            var atValues = ForwardPass.Scaled(Join(trace.Patterns[l].T().matmul(atMix)), trace.Scales[l]);
            _atMix.Add(atMix.MoveToOuterDisposeScope());
            _atValues.Add(atValues.reshape(-1, atValues.shape[3]).MoveToOuterDisposeScope());
        }
    }

    public IReadOnlyList<PathTerm> Terms()
    {
        using var scope = NewDisposeScope();
        var bias = _target is null ? double.NaN : _model.B_U[0].index_select(0, _trace.Tokens.narrow(1, 1, _trace.Length - 1).flatten()).Exact().sum().Value();
        Add([], _target is null ? double.NaN : (_direct[^1] * _target).Exact().sum().Value() + bias);
        if (_longest == 0)
        {
            return _terms;
        }
        for (var l = 0; l < _model.Layers.Count; l++)
        {
            using var inner = NewDisposeScope();
            var z = ForwardPass.Mix(_model, _model.Layers[l], _direct[l], _trace.Scales[l], _trace.Patterns[l]);    // [1, batch, head, pos, e]
            var totals = _target is null ? Nothing() : (z * _atMix[l]).sum([0, 1, 3, 4], type: ScalarType.Float64).Values();
            for (var h = 0; h < totals.Length; h++)
            {
                Add([(l, h)], totals[h]);
                Extend([(l, h)], z[0].select(1, h));
            }
        }
        return _terms;
    }

    /// <summary>Adds all continuations of a path whose last head mixed z [batch, pos, e].</summary>
    private void Extend(IReadOnlyList<(int Layer, int Head)> path, Tensor z)
    {
        var ((last, head), e) = (path[^1], _configuration.DHead);
        if (path.Count == _longest)
        {
            return;
        }
        using var scope = NewDisposeScope();
        var write = _model.Layers[last].W_O[0].narrow(0, (long)head * e, e);                                          // [e, d]
        var rows = z.reshape(-1, e);                                                                                 // [batch * pos, e]
        for (var l = last + 1; l < _model.Layers.Count; l++)
        {
            using var inner = NewDisposeScope();
            var join = write.matmul(_model.Layers[l].W_V[0]);                                                         // W_O W_V [e, H * e]
            var totals = _target is null
                ? Nothing()
                : (rows.T().matmul(_atValues[l]) * join).Exact().view(e, _configuration.Heads, e).sum([0, 2]).Values();
            var deeper = path.Count + 1 < _longest && l + 1 < _model.Layers.Count;
            var next = deeper ? _trace.Patterns[l][0].matmul(ForwardPass.Split(ForwardPass.Scaled(z.matmul(join), _trace.Scales[l]?[0]), _model)) : null;
            for (var h = 0; h < totals.Length; h++)
            {
                IReadOnlyList<(int, int)> longer = [.. path, (l, h)];
                Add(longer, totals[h]);
                if (next is not null)
                {
                    Extend(longer, next.select(1, h));
                }
            }
        }
    }

    private void Add(IReadOnlyList<(int Layer, int Head)> path, double total) => _terms.Add(new(path, total / _predictions));

    private double[] Nothing() => [.. Enumerable.Repeat(double.NaN, _configuration.Heads)];

    /// <summary>[1, batch, head, pos, e] to [1, batch, pos, H * e].</summary>
    private static Tensor Join(Tensor split) =>
        split.transpose(2, 3).flatten(3, 4);
}
