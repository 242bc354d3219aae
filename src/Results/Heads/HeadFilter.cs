using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Expressions;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Heads;

/// <summary>The condition of <c>heads --where</c>, over the values of a run's configuration and, row by row, over a head's metrics.</summary>
internal sealed class HeadFilter
{
    private readonly Expression? _condition;
    private readonly IReadOnlyList<string> _texts = [];
    private (RunConfiguration Run, IReadOnlyDictionary<string, object?> Flat)? _last;

    private readonly double _threshold;

    /// <summary>Reads the condition; null lets everything pass.</summary>
    /// <param name="where">The condition.</param>
    /// <param name="threshold">The sweep's: prefix-matching score from which on a head may have the role of an induction head.</param>
    public HeadFilter(string? where, double threshold)
    {
        _threshold = threshold;
        try
        {
            _condition = where is null ? null : Expression.Parse(where);
            _texts = _condition?.Texts ?? [];
        }
        catch (ExpressionException wrong)
        {
            throw new HeadQueryException($"--where: {wrong.Message}");
        }
    }

    /// <summary>Whether a run passes by its configuration alone.</summary>
    public bool Passes(RunConfiguration run) => Holds(name => Configured(run, name, "a group of runs is chosen by its configuration; add layer or role to --group-by to choose heads by their metrics or roles"));

    /// <summary>Whether one head of a snapshot passes.</summary>
    public bool Passes(string runId, RunConfiguration run, int step, MetricVector vector, int head) => Holds(name => name switch
    {
        "run" => RunKeys.Id(runId, _texts),
        "seed" => (Int128)run.Seed,
        "step" => (Int128)step,
        "layer" => (Int128)(head / run.Model.HeadsPerLayer),
        "head" => (Int128)(head % run.Model.HeadsPerLayer),
        "role" => HeadRoles.Of(vector, head, _threshold),
        _ when vector.Layout.Find("heads")!.Columns.Contains(name) => vector.Get("heads", head, name),
        _ => Configured(run, name, $"there are run, seed, step, layer, head, role, the values of the configuration, and {string.Join(", ", vector.Layout.Find("heads")!.Columns)}"),
    });

    private bool Holds(Func<string, object?> value)
    {
        try
        {
            return _condition is null || _condition.Holds(value);
        }
        catch (ExpressionException wrong)
        {
            throw new HeadQueryException($"--where: {wrong.Message}");
        }
    }

    private object? Configured(RunConfiguration run, string name, string otherwise)
    {
        if (_last is not { } last || !ReferenceEquals(last.Run, run))
        {
            _last = last = (run, RunKeys.Flat(run));
        }
        return last.Flat.TryGetValue(name, out var value) ? value : throw new HeadQueryException($"--where: '{name}' is unknown here: {otherwise}.");
    }
}
