using Orchestrator.Contracts.Api;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>Who composes with whom over the seeds of each group, at one of the snapshots: how circuits come about.</summary>
public sealed class SweepCompositions(IFactStore facts, SweepDirectory directory)
{
    private const int AtOnce = 256;

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
        var (groups, measured) = (points.Select(_ => new List<RunRoles>()).ToArray(), RunViews.Measured(specification));
        await foreach (var runs in facts.ByRun(sweep.Id, 0, [step], cancellation: cancellation).TakeWhile(run => run.Index < measured).Chunk(AtOnce).WithCancellation(cancellation))
        {
            foreach (var (index, roles) in runs.AsParallel().AsOrdered().Select(run => (run.Index, Roles(run.Index, run.Rows))))
            {
                if (roles is not null)
                {
                    groups[index % groups.Length].Add(roles);
                }
            }
        }
        return new SweepComposition(step, [.. groups.Zip(points, (found, point) => new GroupComposition(specification.PointAt(point), RoleCompositions.Summarize(found)))]);

        RunRoles? Roles(int index, IReadOnlyList<FactRow> rows)
        {
            var run = specification.RunAt(index);
            return Vectors.BySteps(run, specification.PlanFor(run), rows).TryGetValue(step, out var vector) ? RoleCompositions.Of(vector, specification.HeadThreshold) : null;
        }
    }
}
