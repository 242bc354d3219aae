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
        var completed = await CompletedRuns(cancellation);
        var existing = Enumerable.Range(0, completed.Count == 0 ? 0 : total).Count(i => completed.ContainsKey(sweep.RunIdAt(i)));
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
            var size = PackSizes.For(run, perPoint, slots: 1, sweep.Requires.Device ?? DeviceClass.Cpu);
            packs += (perPoint + size - 1) / size;
            seconds += Seconds(run, completed.Values) * perPoint;
        }
        var scale = total == 0 ? 0 : (double)(total - existing) / total;
        return new PlanResult(
            sweep.Id, sweep.Name, new PlannedRuns(total, existing, total - existing), packs, packs, snapshots, heads, seconds * scale,
            [.. Enumerable.Range(0, Math.Min(Shown, total)).Select(i => JsonSerializer.SerializeToElement(sweep.RunAt(i), Json.Options))]);
    }

    /// <summary>Completed runs of the newest sweeps by run id, with what they cost.</summary>
    private async Task<Dictionary<string, (RunConfiguration Run, double Seconds)>> CompletedRuns(CancellationToken cancellation)
    {
        var completed = new Dictionary<string, (RunConfiguration, double)>();
        foreach (var known in (await catalogue.Sweeps(cancellation)).Take(TimedSweeps))
        {
            if (directory.SpecificationIfReadable(known) is not { } specification)
            {
                continue;
            }
            foreach (var row in (await catalogue.Runs(known.Id, cancellation)).Where(r => r.State == RunState.Completed))
            {
                completed[row.RunId] = (specification.RunAt(row.Index), row.DeviceSeconds);
            }
        }
        return completed;
    }

    /// <summary>Mean device seconds per step of runs of the same model and batch, times the steps; null if there is none.</summary>
    private static double? Seconds(RunConfiguration run, IEnumerable<(RunConfiguration Run, double Seconds)> completed)
    {
        double[] perStep = [.. completed.Where(c => c.Run.Model == run.Model && c.Run.Train.Batch == run.Train.Batch && c.Run.Train.Steps > 0).Select(c => c.Seconds / c.Run.Train.Steps)];
        return perStep.Length == 0 ? null : perStep.Average() * run.Train.Steps;
    }
}
