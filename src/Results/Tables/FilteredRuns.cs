using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification.Expressions;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Tables;

/// <summary>The runs of a sweep for which a condition holds, over their configuration, where they stand, and what they came to.</summary>
public sealed class FilteredRuns(SweepDirectory directory)
{
    private const int Chunk = 2_000;
    private const int MostLookedAt = 100_000;

    /// <summary>What a condition can name besides the values of the configuration.</summary>
    public static IReadOnlyList<string> Names { get; } = ["run", "state", "reason", "step", MetricTable.FinalLoss, MetricTable.IclScore, MetricTable.PrefixMatchingMax, MetricTable.TransitionStep];

    /// <summary>Those from an index on, at most so many, and where to go on; null if there are no more. One call looks at a bounded number, so that an answer may have fewer.</summary>
    /// <exception cref="ExpressionException">It is no condition, or not one over runs.</exception>
    public async Task<(IReadOnlyList<RunDetail> Runs, int? Next)> Of(SweepRow sweep, string where, int from, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var condition = Expression.Parse(where);
        var points = directory.Specification(sweep).GridPoints;
        var configured = new Dictionary<int, IReadOnlyDictionary<string, object?>>(); // runs of a point differ in their seed alone
        var found = new List<RunDetail>();
        for (var at = from; at < sweep.TotalRuns && at - from < MostLookedAt; at += Chunk)
        {
            foreach (var run in await directory.Runs(sweep, at, Chunk, cancellation))
            {
                if (condition.Holds(name => Value(run, name)))
                {
                    if (found.Count == limit)
                    {
                        return (found, run.Index);
                    }
                    found.Add(run);
                }
            }
        }
        return (found, from + (long)MostLookedAt < sweep.TotalRuns ? from + MostLookedAt : null);

        object? Value(RunDetail run, string name) => name switch
        {
            "seed" => (Int128)run.Config.Seed,
            "run" => RunKeys.Id(run.Id, condition.Texts),
            "state" => JsonSerializer.SerializeToElement(run.State, Json.Options).GetString(),
            "reason" => run.Reason,
            "step" => (Int128)run.Steps,
            MetricTable.FinalLoss => run.FinalLoss,
            MetricTable.IclScore => run.IclScore,
            MetricTable.PrefixMatchingMax => run.PrefixMatchingMax,
            MetricTable.TransitionStep => run.TransitionStep,
            _ => Configured(run, name),
        };

        object? Configured(RunDetail run, string name)
        {
            if (!configured.TryGetValue(run.Index % points, out var flat))
            {
                configured[run.Index % points] = flat = RunKeys.Flat(run.Config);
            }
            return flat.TryGetValue(name, out var value) ? value
                : throw new ExpressionException($"'{name}' is unknown here: there are {string.Join(", ", Names)}, and the values of the configuration: {string.Join(", ", flat.Keys.Where(key => !key.Contains('_', StringComparison.Ordinal) || key.Contains('.', StringComparison.Ordinal)))}");
        }
    }
}
