using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>Who composes with whom over the seeds of each group, at one of the snapshots: how circuits come about.</summary>
public sealed class SweepCompositions(IFactStore facts, SweepDirectory directory)
{
    /// <summary>At a step; null where no run has a snapshot there. Roles are those that heads have at that step.</summary>
    public async Task<SweepComposition?> Of(SweepRow sweep, int step, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var points = Enumerable.Range(0, specification.GridPoints).ToArray();
        if (!points.Any(point => specification.PlanFor(specification.RunAt(point)).SnapshotSteps.Contains(step)))
        {
            return null;
        }
        var groups = points.Select(_ => new List<RunRoles>()).ToArray();
        await foreach (var (index, roles) in RunViews.Digests(facts.ByRun(sweep.Id, 0, [step], cancellation: cancellation), specification, Roles, cancellation))
        {
            if (roles is not null)
            {
                groups[index % groups.Length].Add(roles);
            }
        }
        return new SweepComposition(step, [.. groups.Zip(points, (found, point) => new GroupComposition(specification.PointAt(point), RoleCompositions.Summarize(found)))]);

        RunRoles? Roles(RunConfiguration run, Sweep specification, IReadOnlyList<FactRow> rows) =>
            Vectors.BySteps(run, specification.PlanFor(run), rows).TryGetValue(step, out var vector) ? RoleCompositions.Of(vector, specification.HeadThreshold) : null;
    }
}
