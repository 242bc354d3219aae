using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Facts;

/// <summary>Stored facts as metric vectors, and the few reductions over heads and pairs that summaries need.</summary>
public static class Vectors
{
    /// <summary>
    /// The same for one sweep: the steps and the measures that it asked for. Sweeps share runs, and what one of them sees must not
    /// depend on what another had measured.
    /// </summary>
    public static SortedDictionary<int, MetricVector> BySteps(RunConfiguration run, RunPlan plan, IEnumerable<FactRow> facts)
    {
        var vectors = new SortedDictionary<int, MetricVector>();
        var steps = plan.SnapshotSteps.ToHashSet();
        var current = facts.Where(f => f.MetricVersion == Versions.Metrics && steps.Contains(f.Step))
            .Select(f => (Fact: f, Measures: f.Measures.Intersect(plan.Measures).ToArray()));
        foreach (var (fact, measures) in current.OrderBy(f => f.Measures.Length))
        {
            var vector = Read(run, fact.Measures, fact.Values);
            vectors[fact.Step] = measures.Length == fact.Measures.Count ? vector : vector.Part(MetricLayout.For(run.Model, measures));
        }
        return vectors;
    }

    /// <summary>A run's vectors of the current metric version by step; of two at one step the one with more measures.</summary>
    public static SortedDictionary<int, MetricVector> BySteps(RunConfiguration run, IEnumerable<FactRow> facts)
    {
        var vectors = new SortedDictionary<int, MetricVector>();
        foreach (var fact in facts.Where(f => f.MetricVersion == Versions.Metrics).OrderBy(f => f.Measures.Count))
        {
            vectors[fact.Step] = Read(run, fact.Measures, fact.Values);
        }
        return vectors;
    }

    /// <summary>One vector as it was reported.</summary>
    public static MetricVector Read(RunConfiguration run, IReadOnlyCollection<Measure> measures, byte[] values) =>
        MetricVector.FromBytes(MetricLayout.For(run.Model, measures), values);

    private static MetricVector Part(this MetricVector vector, MetricLayout layout)
    {
        var part = MetricVector.Undefined(layout);
        foreach (var section in layout.Sections)
        {
            foreach (var column in section.Columns)
            {
                for (var row = 0; row < section.Rows; row++)
                {
                    part.Set(section.Name, row, column, vector.Get(section.Name, row, column));
                }
            }
        }
        return part;
    }

    /// <summary>A column of a section that was measured, row by row; null if undefined.</summary>
    public static IReadOnlyList<double?> Rows(this MetricVector vector, string section, string column) =>
        [.. Enumerable.Range(0, vector.Layout.Find(section)!.Rows).Select(row => vector.Get(section, row, column))];

    /// <summary>Heads at or over the threshold that also raise the correct next token's logit (math.md 5.9); null if no head has a score, as where there is none.</summary>
    public static int? InductionHeads(this MetricVector vector, double threshold) => vector.Max("heads", "prefix_matching") is null
        ? null
        : Enumerable.Range(0, vector.Layout.Find("heads")!.Rows).Count(row => vector.IsInductionHead(row, threshold));

    /// <summary>Whether one head is an induction head (math.md 5.9): prefix-matching at or over the threshold and a positive mean direct logit attribution.</summary>
    public static bool IsInductionHead(this MetricVector vector, int row, double threshold) =>
        vector.Get("heads", row, "prefix_matching") >= threshold && vector.Get("heads", row, "logit_attribution") > 0;
}
