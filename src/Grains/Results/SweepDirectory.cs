using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Grains.Models;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Results;

/// <summary>Finds sweeps and runs by what a user types.</summary>
public sealed class SweepDirectory(ICatalogue catalogue, IGrainFactory grains, ILogger<SweepDirectory> log)
{
    private readonly ConcurrentDictionary<string, string> _unreadable = new();
    private readonly ConcurrentDictionary<string, (string Document, Sweep Sweep)> _sweeps = new();

    /// <summary>All sweeps, newest first, with their counts.</summary>
    public async Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation) =>
        await Task.WhenAll((await catalogue.Sweeps(cancellation)).Select(Summary));

    /// <summary>A sweep by id, unique beginning of an id, name that one sweep has, or <c>last</c>; null if there is none.</summary>
    public async Task<SweepRow?> Find(string id, CancellationToken cancellation) => await Like(id, cancellation) is [var only] ? only : null;

    /// <summary>Every sweep that may be meant, newest first: more than one if several have this name or begin like this.</summary>
    public async Task<IReadOnlyList<SweepRow>> Like(string id, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var sweeps = await catalogue.Sweeps(cancellation);
        return id == "last"
            ? [.. sweeps.Take(1)]
            : sweeps.FirstOrDefault(s => s.Id == id) is { } exactly
                ? [exactly]
                : [.. sweeps.Where(s => s.Id.StartsWith(id, StringComparison.Ordinal) || s.Name == id)];
    }

    /// <summary>The specification of a sweep that exists.</summary>
    public async Task<Sweep> Specification(string sweepId)
    {
        var document = await grains.GetGrain<ISweepGrain>(sweepId).Document() ?? throw new InvalidOperationException($"sweep {sweepId} is listed but has no document");
        if (!_sweeps.TryGetValue(sweepId, out var known) || known.Document != document) // measures may have been added
        {
            known = _sweeps[sweepId] = (document, SweepDocuments.Read(document));
        }
        return known.Sweep;
    }

    /// <summary>The specification of a sweep for what concerns several; null if it cannot be read, which is told.</summary>
    public async Task<Sweep?> SpecificationIfReadable(SweepRow sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        try
        {
            return await Specification(sweep.Id);
        }
        catch (Exception unreadable)
        {
            SetAside(sweep, unreadable);
            return null;
        }
    }

    /// <summary>Every run of a sweep by index, those that were never handed out included.</summary>
    public async Task<IReadOnlyList<RunDetail>> Runs(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = await Specification(sweep.Id);
        var rows = (await catalogue.Runs(sweep.Id, cancellation)).ToDictionary(r => r.Index);
        return [.. Enumerable.Range(0, sweep.TotalRuns).Select(index => rows.TryGetValue(index, out var row)
            ? RunDetails.From(row, specification.RunAt(index))
            : RunDetails.Unstarted(sweep.Id, index, specification.RunIdAt(index), UnstartedState(sweep), specification.RunAt(index)))];
    }

    /// <summary>A run by id or unique beginning of an id, with its attempts, one that was never handed out included; null if there is none.</summary>
    public async Task<RunDetail?> Run(string id, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!MayBeRun(id))
        {
            return null;
        }
        var rows = await catalogue.Run(id, cancellation);
        return rows.Count == 0 ? await Unstarted(id, cancellation) : await grains.GetGrain<IModelGrain>(rows[0].RunId).Detail(rows[^1].SweepId);
    }

    /// <summary>The first ids of runs that begin like this, whether they were handed out or not.</summary>
    public async Task<IReadOnlyList<string>> RunsLike(string id, int most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!MayBeRun(id))
        {
            return [];
        }
        var found = new SortedSet<string>(await catalogue.RunIds(id, most, cancellation), StringComparer.Ordinal);
        await foreach (var (_, _, runId, _) in Expanded(id, cancellation))
        {
            if (found.Count >= most)
            {
                break;
            }
            found.Add(runId);
        }
        return [.. found];
    }

    /// <summary>A run without a row; null if there is none, or more than one begins like this.</summary>
    private async Task<RunDetail?> Unstarted(string id, CancellationToken cancellation)
    {
        RunDetail? found = null;
        await foreach (var (sweep, index, runId, specification) in Expanded(id, cancellation))
        {
            if (found is not null && found.Id != runId)
            {
                return null;
            }
            found ??= RunDetails.Unstarted(sweep.Id, index, runId, UnstartedState(sweep), specification.RunAt(index));
        }
        return found;
    }

    /// <summary>The runs that begin like this, from the expansions of the sweeps, newest first.</summary>
    private async IAsyncEnumerable<(SweepRow Sweep, int Index, string RunId, Sweep Specification)> Expanded(string id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var sweep in await catalogue.Sweeps(cancellation))
        {
            if (await SpecificationIfReadable(sweep) is not { } specification)
            {
                continue;
            }
            for (var index = 0; index < sweep.TotalRuns; index++)
            {
                if (specification.RunIdAt(index) is var runId && runId.StartsWith(id, StringComparison.Ordinal))
                {
                    yield return (sweep, index, runId, specification);
                }
            }
        }
    }

    /// <summary>Whether a run can have such an id.</summary>
    private static bool MayBeRun(string id) => id.Length > 0 && id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9');

    private static RunState UnstartedState(SweepRow sweep) => sweep.State is SweepState.Cancelled or SweepState.Stopped ? RunState.Cancelled : RunState.Pending;

    /// <summary>A sweep that cannot be read is listed with the reason: it must not hide the others.</summary>
    private async Task<SweepSummary> Summary(SweepRow row)
    {
        try
        {
            var result = await grains.GetGrain<ISweepGrain>(row.Id).Result() ?? throw new InvalidOperationException($"sweep {row.Id} is listed but unknown");
            return new SweepSummary(row.Id, row.Name, row.State, row.Reason, row.Created, row.Ended, result.Sweep.Runs);
        }
        catch (Exception unreadable)
        {
            var reason = SetAside(row, unreadable);
            return new SweepSummary(row.Id, row.Name, SweepState.Unreadable, row.Reason is null ? reason : $"{row.Reason}; {reason}", row.Created, row.Ended, new RunCounts { Total = row.TotalRuns });
        }
    }

    private string SetAside(SweepRow sweep, Exception unreadable)
    {
        var reason = StorageException.In(unreadable)?.Message ?? unreadable.Message;
        if (_unreadable.TryAdd(sweep.Id, reason)) // told once: whoever lists sweeps asks again and again
        {
            GrainLog.SweepUnreadable(log, sweep.Id, sweep.Name, reason);
            GrainTelemetry.SetAside.Add(1);
        }
        return reason;
    }
}
