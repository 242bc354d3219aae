using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Sweeps;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>A role within a layer, by its number in <see cref="HeadRoles.All"/>: millions of pairs are sorted by it.</summary>
internal readonly record struct RolePlace(int Layer, int Number)
{
    public string Role => HeadRoles.All[Number];
}

/// <summary>One run's heads by role, and what two roles compose: means over its pairs of heads, in the order of <see cref="PairColumns.Names"/>.</summary>
internal sealed record RunRoles(IReadOnlyDictionary<RolePlace, int> Heads, IReadOnlyDictionary<(RolePlace From, RolePlace To), double?[]> Pairs);

/// <summary>Who composes with whom over seeds.</summary>
internal static class RoleCompositions
{
    /// <summary>One run at a snapshot; null if it was not measured who composes, or what heads do.</summary>
    public static RunRoles? Of(MetricVector vector, double threshold)
    {
        if (PairColumns.Of(vector) is not { } columns || HeadRoles.Of(vector, 0, threshold) is null)
        {
            return null;
        }
        var (layers, heads) = (vector.Layout.Layers, vector.Layout.Heads);
        RolePlace[] places = [.. Enumerable.Range(0, layers * heads).Select(head => new RolePlace(head / heads, HeadRoles.All.IndexOf(HeadRoles.Of(vector, head, threshold)!)))];
        var sums = new Dictionary<(RolePlace, RolePlace), (double Sum, int Count)[]>();
        foreach (var (row, (from, to)) in MetricLayout.Pairs(layers, heads).Index())
        {
            var key = (places[from], places[to]);
            if (!sums.TryGetValue(key, out var sum))
            {
                sums[key] = sum = new (double, int)[PairColumns.Names.Length];
            }
            for (var column = 0; column < sum.Length; column++)
            {
                if (columns.Get(row, column) is { } value)
                {
                    sum[column] = (sum[column].Sum + value, sum[column].Count + 1);
                }
            }
        }
        return new RunRoles(
            places.CountBy(place => place).ToDictionary(),
            sums.ToDictionary(pair => pair.Key, pair => pair.Value.Select(sum => sum.Count == 0 ? (double?)null : sum.Sum / sum.Count).ToArray()));
    }

    /// <summary>Over the runs of a group; null if there is none.</summary>
    public static RoleComposition? Summarize(IReadOnlyCollection<RunRoles> runs)
    {
        if (runs.Count == 0)
        {
            return null;
        }
        RolePlace[] places = [.. runs.SelectMany(run => run.Heads.Keys).Distinct().OrderBy(place => place.Layer).ThenBy(place => place.Number)];
        return new RoleComposition(
            runs.Count,
            [.. places.Select(place => (Place: place, Heads: runs.Where(run => run.Heads.ContainsKey(place)).Select(run => (double)run.Heads[place]).ToArray()))
                .Select(role => new ComposingRole(role.Place.Layer, role.Place.Role, role.Heads.Length, Means.Estimate(role.Heads, range: MetricRange.NotNegative)))],
            [.. from earlier in places from later in places where earlier.Layer < later.Layer
                let both = runs.Select(run => run.Pairs.GetValueOrDefault((earlier, later))).OfType<double?[]>().ToArray()
                where both.Length > 0
                select new RolePair(earlier.Layer, earlier.Role, later.Layer, later.Role, both.Length, Score(both, PairColumns.Q), Score(both, PairColumns.K), Score(both, PairColumns.V))]);
    }

    private static RoleScore Score(double?[][] runs, (int Excess, int Z) kind)
    {
        double[] z = [.. runs.Select(run => run[kind.Z]).Defined()];
        return new RoleScore(
            Means.Estimate(runs.Select(run => run[kind.Excess]).Defined(), range: MetricRange.Score), Means.Estimate(z),
            Shares.Wilson(z.Count(value => value >= RoleComposition.LeastZ), z.Length));
    }
}
