using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>The circuit of a run at each snapshot (math.md 8.5): its strongest induction head I, and the earlier head P that attends most to the token before.</summary>
internal static class RunCircuits
{
    /// <summary>By step. Without heads there is none.</summary>
    public static IEnumerable<(int Step, RunCircuit Circuit)> Of(ModelConfiguration model, SortedDictionary<int, MetricVector> vectors, double threshold)
    {
        var formations = new Formations(vectors, threshold);
        foreach (var step in vectors.Keys)
        {
            if (At(model, vectors, step, formations) is { } circuit)
            {
                yield return (step, circuit);
            }
        }
    }

    /// <summary>At one step; null if no head has a score there.</summary>
    public static RunCircuit? At(ModelConfiguration model, SortedDictionary<int, MetricVector> vectors, int step, double threshold) => At(model, vectors, step, new Formations(vectors, threshold));

    private static RunCircuit? At(ModelConfiguration model, SortedDictionary<int, MetricVector> vectors, int step, Formations formations)
    {
        var vector = vectors[step];
        if (Largest(vector, "prefix_matching", 0, model.Layers * model.Heads) is not { } induction)
        {
            return null;
        }
        var previous = Largest(vector, "previous_token", 0, induction / model.Heads * model.Heads);
        var formed = formations.Of("prefix_matching", induction);
        var before = previous is { } p ? formations.Of("previous_token", p) : null;
        int? pair = previous is { } from && vector.Layout.Find("pairs") is not null ? MetricLayout.Pairs(model.Layers, model.Heads).TakeWhile(other => other != (from, induction)).Count() : null;
        return new RunCircuit
        {
            InductionLayer = induction / model.Heads,
            InductionHead = induction % model.Heads,
            PrefixMatching = Head(induction, "prefix_matching"),
            OvCopying = Head(induction, "ov_copying"),
            IsInduction = HeadRoles.Of(vector, induction, formations.Threshold) == "induction",
            PreviousLayer = previous / model.Heads,
            PreviousHead = previous % model.Heads,
            PreviousToken = previous is { } earlier ? Head(earlier, "previous_token") : null,
            K = Pair("k"),
            KExcess = Pair("k_excess"),
            KZ = Pair("k_z"),
            PreviousIsStrongestK = previous is { } writer && Head(induction, "k_partner") is { } strongest ? writer == (int)strongest : null,
            QkEigenScore = Pair("qk_eigen_score"),
            InductionAfter = formed?.After,
            InductionBy = formed?.Step is null ? null : formed.Upto,
            PreviousAfter = before?.After,
            PreviousBy = before?.Step is null ? null : before.Upto,
            FormedFirst = First(formed, before),
        };

        double? Head(int head, string metric) => vector.Get("heads", head, metric);

        double? Pair(string metric) => pair is { } row ? vector.Get("pairs", row, metric) : null;
    }

    /// <summary>When heads of one run first passed the least score of what they do; each is looked up once.</summary>
    private sealed class Formations(SortedDictionary<int, MetricVector> vectors, double threshold)
    {
        private readonly Dictionary<(string Metric, int Head), Transition?> _known = [];
        private readonly int[] _steps = [.. vectors.Keys];

        public double Threshold => threshold;

        public Transition? Of(string metric, int head)
        {
            if (!_known.TryGetValue((metric, head), out var formed))
            {
                var least = metric == "previous_token" ? HeadRoles.LeastScore : threshold;
                _known[(metric, head)] = formed = Transition.FirstCrossing(_steps, [.. vectors.Values.Select(vector => vector.Get("heads", head, metric))], least);
            }
            return formed;
        }
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
