using Orchestrator.Contracts.Sweeps;

namespace Orchestrator.Grains.Models;

/// <summary>Plans of several sweeps for one run.</summary>
internal static class RunPlans
{
    /// <summary>Whether a run trained under <paramref name="plan"/> has everything that <paramref name="wanted"/> asks for.</summary>
    public static bool Covers(this RunPlan plan, RunPlan wanted) =>
        wanted.SnapshotSteps.All(plan.SnapshotSteps.Contains) && wanted.Measures.All(plan.Measures.Contains);

    /// <summary>The smallest plan that covers both; keeps the threshold of the first, which is applied per sweep anyway.</summary>
    public static RunPlan Union(this RunPlan? plan, RunPlan wanted) => plan is null
        ? wanted
        : plan with
        {
            SnapshotSteps = [.. plan.SnapshotSteps.Union(wanted.SnapshotSteps).Order()],
            Measures = [.. plan.Measures.Union(wanted.Measures).Order()],
        };
}
