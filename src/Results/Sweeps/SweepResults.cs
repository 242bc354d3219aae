using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>What sweeps found so far.</summary>
public sealed class SweepResults(ICatalogue catalogue, SweepDirectory directory, TimeProvider time)
{
    /// <summary>The result document: one group per point of the grid.</summary>
    public async Task<SweepResult> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var runs = (await catalogue.Runs(sweep.Id, cancellation)).ToDictionary(run => run.Index);
        return new SweepResult(
            await Head(sweep, cancellation),
            SweepGroups.Summarize(specification, sweep.TotalRuns, index => runs.TryGetValue(index, out var run) ? (run.State, run.Finals) : (RunState.Pending, null)),
            Elapsed(sweep), null, null);
    }

    /// <summary>Name, state and counts.</summary>
    public async Task<SweepHead> Head(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return new(sweep.Id, sweep.Name, sweep.State, sweep.Reason, SweepCounts.Of(sweep, await catalogue.Counts(sweep.Id, cancellation)));
    }

    /// <summary>Seconds from submission to the end, or to now.</summary>
    public double Elapsed(SweepRow sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return ((sweep.Ended ?? time.GetUtcNow()) - sweep.Created).TotalSeconds;
    }
}
