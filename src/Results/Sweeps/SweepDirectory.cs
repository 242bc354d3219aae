using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Runs;
using Orchestrator.Specification;
using Orchestrator.Storage;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>Finds sweeps and runs by what a user types.</summary>
public sealed partial class SweepDirectory(ICatalogue catalogue, ILogger<SweepDirectory> log)
{
    private readonly ConcurrentDictionary<string, string> _unreadable = new();
    private readonly ConcurrentDictionary<string, (string Document, Sweep Sweep)> _sweeps = new();

    /// <summary>All sweeps, newest first, with their counts.</summary>
    public async Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation)
    {
        var counts = (await catalogue.Counts(null, cancellation)).ToLookup(count => count.SweepId);
        return [.. (await catalogue.Sweeps(cancellation)).Select(row => Summary(row, SweepCounts.Of(row, counts[row.Id])))];
    }

    /// <summary>A sweep by id, unique beginning of an id, name that one sweep has, or <c>last</c>; null if there is none.</summary>
    public async Task<SweepRow?> Find(string id, CancellationToken cancellation) => await Like(id, cancellation) is [var only] ? only : null;

    /// <summary>Every sweep that may be meant, newest first: more than one if several have this name or begin like this.</summary>
    public async Task<IReadOnlyList<SweepRow>> Like(string id, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (MayBeId(id) && await catalogue.Sweep(id, cancellation) is { } exactly)
        {
            return [exactly];
        }
        var sweeps = await catalogue.Sweeps(cancellation);
        return id == "last" ? [.. sweeps.Take(1)] : [.. sweeps.Where(s => s.Id.StartsWith(id, StringComparison.Ordinal) || s.Name == id)];
    }

    /// <summary>A sweep's specification. Throws <see cref="StorageException"/> if what is stored cannot be read.</summary>
    public Sweep Specification(SweepRow sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        if (_sweeps.TryGetValue(sweep.Id, out var known) && known.Document == sweep.Document)
        {
            return known.Sweep;
        }
        try
        {
            var document = sweep.Document ?? throw new StorageException("its document is not stored");
            return (_sweeps[sweep.Id] = (document, SweepDocuments.Read(document))).Sweep; // measures may have been added
        }
        catch (Exception unreadable) when (unreadable is StorageException or JsonException)
        {
            throw new StorageException($"sweep {sweep.Id} cannot be read: {unreadable.Message}", unreadable as JsonException);
        }
    }

    /// <summary>The same for what concerns several sweeps; null if it cannot be read, which is told.</summary>
    public Sweep? SpecificationIfReadable(SweepRow sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        try
        {
            return Specification(sweep);
        }
        catch (StorageException unreadable)
        {
            SetAside(sweep, unreadable);
            return null;
        }
    }

    /// <summary>Runs of a sweep by index, from one on, at most so many; those that were never handed out included.</summary>
    public async Task<IReadOnlyList<RunDetail>> Runs(SweepRow sweep, int from, int count, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = Specification(sweep);
        var rows = (await catalogue.Runs(sweep.Id, from, count, cancellation)).ToDictionary(r => r.Index);
        return [.. Enumerable.Range(from, Math.Clamp(sweep.TotalRuns - from, 0, count)).Select(index => rows.TryGetValue(index, out var row)
            ? RunDetails.From(row, specification.RunAt(index))
            : RunDetails.Unstarted(sweep.Id, index, specification.RunIdAt(index), UnstartedState(sweep), specification.RunAt(index)))];
    }

    /// <summary>A run by id or unique beginning of an id, with its attempts, one that was never handed out included; null if there is none.</summary>
    public async Task<RunDetail?> Run(string id, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!MayBeId(id))
        {
            return null;
        }
        var rows = await catalogue.Run(id, cancellation);
        if (rows.Count == 0)
        {
            return await Unstarted(id, cancellation);
        }
        // The newest sweep that can be read: what is trained is the same in each.
        StorageException? unreadable = null;
        foreach (var row in rows.Reverse())
        {
            try
            {
                if (await catalogue.Sweep(row.SweepId, cancellation) is { } sweep)
                {
                    return RunDetails.From(row, Specification(sweep).RunAt(row.Index)) with { Attempts = RunDetails.Attempts(row) };
                }
            }
            catch (StorageException wrong)
            {
                unreadable = wrong;
            }
        }
        throw unreadable ?? new StorageException($"run {rows[0].RunId} is listed, and none of its sweeps is");
    }

    /// <summary>The first ids of runs that begin like this, whether they were handed out or not.</summary>
    public async Task<IReadOnlyList<string>> RunsLike(string id, int most, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!MayBeId(id))
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
            if (SpecificationIfReadable(sweep) is not { } specification)
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

    /// <summary>Whether a sweep or a run can have such an id.</summary>
    private static bool MayBeId(string id) => id.Length > 0 && id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9');

    internal static RunState UnstartedState(SweepRow sweep) => sweep.State is SweepState.Cancelled or SweepState.Stopped ? RunState.Cancelled : RunState.Pending;

    /// <summary>A sweep that cannot be read is listed with the reason: it must not hide the others.</summary>
    private SweepSummary Summary(SweepRow row, RunCounts counts)
    {
        try
        {
            Specification(row);
            return new SweepSummary(row.Id, row.Name, row.State, row.Reason, row.Created, row.Ended, counts);
        }
        catch (StorageException unreadable)
        {
            var reason = SetAside(row, unreadable);
            return new SweepSummary(row.Id, row.Name, SweepState.Unreadable, row.Reason is null ? reason : $"{row.Reason}; {reason}", row.Created, row.Ended, counts);
        }
    }

    private string SetAside(SweepRow sweep, StorageException unreadable)
    {
        if (_unreadable.TryAdd(sweep.Id, unreadable.Message)) // told once: whoever lists sweeps asks again and again
        {
            Unreadable(log, sweep.Id, sweep.Name, unreadable.Message);
            ResultsTelemetry.SweepsSetAside.Add(1);
        }
        return unreadable.Message;
    }

    [LoggerMessage(1, LogLevel.Error, "sweep {Sweep} ({Name}) cannot be read and is set aside: {Reason}")]
    private static partial void Unreadable(ILogger log, string sweep, string name, string reason);
}
