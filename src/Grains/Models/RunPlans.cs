using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Models;

/// <summary>Plans of several sweeps for one run.</summary>
internal static class RunPlans
{
    /// <summary>The smallest plan that covers both; keeps the threshold of the first, which is applied per sweep anyway.</summary>
    public static RunPlan Union(this RunPlan? plan, RunPlan wanted) => plan is null
        ? wanted
        : plan with
        {
            SnapshotSteps = [.. plan.SnapshotSteps.Union(wanted.SnapshotSteps).Order()],
            Measures = [.. plan.Measures.Union(wanted.Measures).Order()],
            Checkpoints = new CheckpointRetention
            {
                Newest = Math.Max(plan.Checkpoints.Newest, wanted.Checkpoints.Newest),
                KeepCompleted = plan.Checkpoints.KeepCompleted || wanted.Checkpoints.KeepCompleted,
            },
        };

    /// <summary>Whether metrics of one vector answer for measures that are wanted: definitions of today, and all of them.</summary>
    public static bool Answers(int metricVersion, IReadOnlyCollection<Measure> measured, IEnumerable<Measure> wanted) =>
        metricVersion == Versions.Metrics && wanted.All(measured.Contains);

    /// <summary>Steps whose stored weights were measured as the plan wants it. Metrics of other weights (an earlier training elsewhere) do not count.</summary>
    public static IReadOnlySet<int> MeasuredSteps(this RunPlan plan, IReadOnlyDictionary<int, string> snapshots, IEnumerable<FactRow> facts) => facts
        .Where(f => Answers(f.MetricVersion, f.Measures, plan.Measures) && snapshots.TryGetValue(f.Step, out var hash) && hash == f.WeightsHash)
        .Select(f => f.Step)
        .ToHashSet();
}
