using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Runs;

/// <summary>Who composes with whom in one run.</summary>
public sealed class RunCompositions(IFactStore facts)
{
    /// <summary>At a snapshot; null where the run's models have no heads, or nothing was measured there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="threshold">Prefix-matching score from which on a head may be an induction head.</param>
    /// <param name="most">Strongest pairs of each kind.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<RunComposition?> Of(RunDetail run, int? step, double threshold, int most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Config.Model is not ModelConfiguration { HeadCount: > 0 } model)
        {
            return null;
        }
        var vectors = Vectors.BySteps(run.Config, await facts.Run(run.Id, cancellation));
        return vectors.Where(snapshot => step is null || snapshot.Key == step).Select(snapshot => (int?)snapshot.Key).LastOrDefault() is { } at
            ? new RunComposition(run.Id, at, [.. Heads(vectors[at], model, threshold)], Strongest(vectors[at], model, most))
            : null;
    }

    private static IEnumerable<ComposingHead> Heads(MetricVector vector, ModelConfiguration model, double threshold) =>
        Enumerable.Range(0, model.HeadCount).Select(head => new ComposingHead(
            head / model.Heads, head % model.Heads, HeadRoles.Of(vector, head, threshold), vector.Get("heads", head, "prefix_matching"), vector.Get("heads", head, "previous_token")));

    /// <summary>The pairs that are among the strongest through queries, keys or values.</summary>
    internal static IReadOnlyList<HeadPair> Strongest(MetricVector vector, ModelConfiguration model, int most)
    {
        if (PairColumns.Of(vector) is not { } columns)
        {
            return [];
        }
        var pairs = MetricLayout.Pairs(model.Layers, model.Heads).ToArray();
        var rows = new[] { PairColumns.Q, PairColumns.K, PairColumns.V }
            .SelectMany(kind => Enumerable.Range(0, pairs.Length).Where(row => columns.Get(row, kind.Excess) is not null).OrderByDescending(row => columns.Get(row, kind.Excess)).Take(most))
            .Distinct().Order();
        return [.. rows.Select(row => new HeadPair(
            pairs[row].From / model.Heads, pairs[row].From % model.Heads, pairs[row].To / model.Heads, pairs[row].To % model.Heads,
            Score(row, PairColumns.Q), Score(row, PairColumns.K), Score(row, PairColumns.V)))];

        PairScore Score(int row, (int Excess, int Z) kind) => new(columns.Get(row, kind.Excess), columns.Get(row, kind.Z));
    }
}
