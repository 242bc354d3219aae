using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Tables;

/// <summary>The circuit of a run at each snapshot (math.md 8.5): its strongest induction head I, and the earlier head P that attends most to the token before.</summary>
internal static class CircuitRows
{
    /// <summary>What follows sweep, run and step in each row of the table <c>circuits</c>, by step. Without heads there is none.</summary>
    public static IEnumerable<(int Step, object?[] Values)> Of(ModelConfiguration model, SortedDictionary<int, MetricVector> vectors, double threshold)
    {
        var pairs = MetricLayout.Pairs(model.Layers, model.Heads).ToArray();
        foreach (var (step, vector) in vectors)
        {
            if (Largest(vector, "prefix_matching", 0, model.Layers * model.Heads) is not { } induction)
            {
                continue;
            }
            var previous = Largest(vector, "previous_token", 0, induction / model.Heads * model.Heads);
            var formed = Formation("prefix_matching", induction, threshold);
            var before = previous is { } p ? Formation("previous_token", p, HeadRoles.LeastScore) : null;
            int? pair = previous is { } from && vector.Layout.Find("pairs") is not null ? Array.IndexOf(pairs, (from, induction)) : null;
            yield return (step,
            [
                induction / model.Heads, induction % model.Heads, Head(induction, "prefix_matching"), Head(induction, "ov_copying"), HeadRoles.Of(vector, induction, threshold) == "induction",
                previous / model.Heads, previous % model.Heads, previous is { } earlier ? Head(earlier, "previous_token") : null,
                Pair("k"), Pair("k_excess"), Pair("k_z"),
                previous is { } writer && Head(induction, "k_partner") is { } strongest ? writer == (int)strongest : null, Pair("qk_eigen_score"),
                formed?.After, formed?.Step is null ? null : formed.Upto, before?.After, before?.Step is null ? null : before.Upto, First(formed, before),
            ]);

            double? Head(int head, string metric) => vector.Get("heads", head, metric);

            double? Pair(string metric) => pair is { } row ? vector.Get("pairs", row, metric) : null;
        }

        Transition? Formation(string metric, int head, double from) =>
            Transition.FirstCrossing([.. vectors.Keys], [.. vectors.Values.Select(vector => vector.Get("heads", head, metric))], from);
    }

    /// <summary>Which of the two is known to have formed first: crossings between the same two snapshots cannot be told apart.</summary>
    private static string? First(Transition? induction, Transition? previous) => (induction?.Step is not null, previous?.Step is not null) switch
    {
        (false, false) => null,
        (true, false) => "induction",
        (false, true) => "previous_token",
        _ => previous!.Upto <= (induction!.After ?? -1) ? "previous_token" : induction.Upto <= (previous.After ?? -1) ? "induction" : "together",
    };

    /// <summary>The head from a range of flat numbers with the largest value, or null if none is defined.</summary>
    private static int? Largest(MetricVector vector, string metric, int from, int to) => Enumerable.Range(from, to - from)
        .Where(head => vector.Get("heads", head, metric) is not null).Cast<int?>().MaxBy(head => vector.Get("heads", head!.Value, metric));
}
