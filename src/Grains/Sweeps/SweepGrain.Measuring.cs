using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Models;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Sweeps;

/// <summary>Measuring again: completed runs whose stored snapshots lack metrics of today, or measures that were added.</summary>
internal sealed partial class SweepGrain
{
    public async Task<MeasureResult?> Measure(IReadOnlyList<Measure> measures)
    {
        if (_sweep is null)
        {
            return null;
        }
        var (sweep, document) = SweepDocuments.WithMeasures(Record.Document, measures);
        var lacking = await Lacking(sweep, _board, CancellationToken.None);
        var longer = sweep.Measures.Count > _sweep.Measures.Count;
        if (longer || lacking.Count > 0)
        {
            // All of it before the first await: what interleaves must see a sweep that is running and has work.
            Record.Document = document;
            _sweep = sweep;
            lacking.ForEach(_board.Measure);
            if (lacking.Count > 0)
            {
                Record.Before ??= new SweepEnding(Record.State, Record.Reason, Record.Ended);
                (Record.State, Record.Reason, Record.Ended) = (SweepState.Running, null, null);
                await KeepReminded();
            }
            await Save();
            GrainLog.SweepChanged(log, Record.Id, Record.Name, lacking.Count, "to be measured again");
        }
        if (Running)
        {
            KeepSupervised();
            await (longer ? TellOpen() : Task.CompletedTask);
            HandOut();
        }
        return new MeasureResult(Record.Id, Record.Name, Record.State, lacking.Count, sweep.Measures);
    }

    /// <summary>Runs that are under way were asked for with fewer measures: they bring the others too, before they end.</summary>
    private async Task TellOpen()
    {
        var assignments = new List<RunAssignment>();
        await Task.WhenAll(_board.Open.ToArray().Select(async index =>
        {
            if ((await Model(index).Dispatch(Order(index))).Publish is { } assignment)
            {
                assignments.Add(assignment);
            }
        }));
        if (assignments.Count > 0)
        {
            Publish(assignments);
        }
    }

    private async Task NoteLacking(Sweep sweep, SweepBoard board, CancellationToken cancellation) =>
        (await Lacking(sweep, board, cancellation)).ForEach(board.Measure);

    /// <summary>Completed runs of which a snapshot is not measured as the sweep wants it.</summary>
    private async Task<List<int>> Lacking(Sweep sweep, SweepBoard board, CancellationToken cancellation)
    {
        var covered = new HashSet<int>();
        var (open, steps) = (-1, new HashSet<int>());
        await foreach (var (index, key) in facts.Keys(Record.Id, cancellation))
        {
            if (index != open)
            {
                Close(open);
                (open, steps) = (index, []);
            }
            if (RunPlans.Answers(key.MetricVersion, key.Measures, sweep.Measures))
            {
                steps.Add(key.Step);
            }
        }
        Close(open);
        return [.. Enumerable.Range(0, board.Total).Where(index => board.State(index) == RunState.Completed && !covered.Contains(index))];

        void Close(int index)
        {
            if (index >= 0 && sweep.PlanFor(sweep.RunAt(index)).SnapshotSteps.All(steps.Contains))
            {
                covered.Add(index);
            }
        }
    }
}
