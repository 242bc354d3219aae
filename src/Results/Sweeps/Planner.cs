using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>What a sweep would do, without doing it.</summary>
public sealed class Planner(ICatalogue catalogue, SweepDirectory directory)
{
    private const int Shown = 5;
    private const int TimedSweeps = 20;

    /// <summary>Counts what the sweep expands to and what of it exists; estimates device time from runs of like shapes.</summary>
    public async Task<PlanResult> Plan(Sweep sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var total = (int)sweep.Count;
        var (completed, pace) = await Known(cancellation);
        var existing = Enumerable.Range(0, completed.Count == 0 ? 0 : total).Count(i => completed.Contains(sweep.RunIdAt(i)));
        var perPoint = total / sweep.GridPoints;
        long snapshots = 0, heads = 0;
        var packs = 0;
        double? seconds = 0;
        for (var point = 0; point < sweep.GridPoints; point++)
        {
            var run = sweep.RunAt(point);
            var kept = (long)sweep.PlanFor(run).SnapshotSteps.Count * perPoint;
            snapshots += kept;
            heads += kept * run.Model.HeadCount;
            var size = Math.Min(Math.Max(1, perPoint), PackSizes.For(run, sweep.Requires.Device ?? DeviceClass.Cpu));
            packs += (perPoint + size - 1) / size;
            seconds += pace.GetValueOrDefault(Shape(run))?.Mean * run.Train.Steps * perPoint;
        }
        var scale = total == 0 ? 0 : (double)(total - existing) / total;
        return new PlanResult(
            sweep.Id, sweep.Name, new PlannedRuns(total, existing, total - existing), packs, packs, snapshots, heads, seconds * scale,
            [.. Enumerable.Range(0, Math.Min(Shown, total)).Select(i => JsonSerializer.SerializeToElement(sweep.RunAt(i), Json.Options))]);
    }

    /// <summary>Ids of the completed runs of the newest sweeps, and how fast runs of a shape were.</summary>
    private async Task<(HashSet<string> Completed, Dictionary<(Architecture Model, int Batch), Pace> Pace)> Known(CancellationToken cancellation)
    {
        var (completed, pace) = (new HashSet<string>(), new Dictionary<(Architecture, int), Pace>());
        foreach (var known in (await catalogue.Sweeps(cancellation)).Take(TimedSweeps))
        {
            if (directory.SpecificationIfReadable(known) is not { } specification)
            {
                continue;
            }
            await foreach (var row in catalogue.ChangedRuns(known.Id, 0, cancellation))
            {
                if (row.State == RunState.Completed && completed.Add(row.RunId) && specification.RunAt(row.Index) is { Train.Steps: > 0 } run)
                {
                    Of(run).Add(row.DeviceSeconds / run.Train.Steps);
                }
            }
        }
        return (completed, pace);

        Pace Of(RunConfiguration run) => pace.TryGetValue(Shape(run), out var known) ? known : pace[Shape(run)] = new();
    }

    private static (Architecture Model, int Batch) Shape(RunConfiguration run) => (run.Model, run.Train.Batch);

    /// <summary>Device seconds a step.</summary>
    private sealed class Pace
    {
        private double _sum;
        private int _runs;

        public double Mean => _sum / _runs;

        public void Add(double seconds) => (_sum, _runs) = (_sum + seconds, _runs + 1);
    }
}
