using System.Diagnostics;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.DuckDb;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Tables;
using Orchestrator.Specification;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Projection;

/// <summary>
/// Writes what was measured in a sweep into Parquet segments, following its changes: the facts stay the truth, and whatever happens to a segment costs time and nothing
/// else. Any number of processes may do this at once: who comes second throws its work away.
/// </summary>
public sealed class Projector
{
    private readonly ICatalogue _catalogue;
    private readonly TableRows _tables;
    private readonly SweepDirectory _directory;
    private readonly IArtifactStore _artifacts;
    private readonly ProjectionBook _book;
    private readonly SegmentFiles _files;
    private readonly ProjectionOptions _options;
    private readonly TimeProvider _time;

    internal Projector(
        ICatalogue catalogue, TableRows tables, SweepDirectory directory, IArtifactStore artifacts, ProjectionBook book, SegmentFiles files, ProjectionOptions options, TimeProvider time) =>
        (_catalogue, _tables, _directory, _artifacts, _book, _files, _options, _time) = (catalogue, tables, directory, artifacts, book, files, options, time);

    /// <summary>Brings a sweep's segments up to date if there is enough to write; says when to look again although nothing changes, if ever.</summary>
    public async Task<TimeSpan?> BringUp(string sweepId, CancellationToken cancellation)
    {
        while (await _catalogue.Sweep(sweepId, cancellation) is { } sweep && _directory.SpecificationIfReadable(sweep) is { } specification)
        {
            var entry = await _book.Read(sweepId);
            var projection = entry?.Projection is { } known && known.Fits(sweep) ? known : Started(sweep, entry?.Projection);
            var least = sweep.State is SweepState.Running or SweepState.Paused ? _options.Snapshots : _options.SnapshotsAtTheEnd;
            if (await Write(sweep, specification, entry, projection, least, cancellation) is not { } written)
            {
                return await Clean(sweepId, entry, projection, cancellation);
            }
            if (!written)
            {
                return null; // another process is at it
            }
        }
        return null;
    }

    /// <summary>Makes all segments of a sweep again from the facts, however few its snapshots are.</summary>
    public async Task<RebuildResult> Rebuild(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var started = Stopwatch.GetTimestamp();
        var specification = _directory.Specification(sweep);
        ProjectionBook.Entry? entry;
        do
        {
            entry = await _book.Read(sweep.Id);
        }
        while (!await _book.Replace(sweep.Id, entry, Started(sweep, entry?.Projection)));
        SweepProjection made;
        do
        {
            entry = await _book.Read(sweep.Id); // its rows are made from here on, by whoever is first
            made = entry?.Projection ?? Started(sweep, null);
        }
        while (await Write(sweep, specification, entry, made, least: 1, cancellation) is not null);
        return new RebuildResult(
            sweep.Id, made.Segments.Count, Rows(made), made.Segments.SelectMany(segment => segment.Files.Values).Sum(file => file.Bytes), Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Rows of a sweep's segments by table; those that are superseded count too.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Rows(string sweepId) => (await _book.Read(sweepId))?.Projection is { } projection ? Rows(projection) : new Dictionary<string, long>();

    private static Dictionary<string, long> Rows(SweepProjection projection) =>
        projection.Segments.SelectMany(segment => segment.Files).GroupBy(file => file.Key).ToDictionary(table => table.Key, table => table.Sum(file => file.Value.Rows));

    /// <summary>An empty projection in the place of another, whose files go.</summary>
    private SweepProjection Started(SweepRow sweep, SweepProjection? former) => SweepProjection.Empty(sweep) with
    {
        Retired = former is null ? [] : [.. former.Retired, .. Retire(former.Segments)],
    };

    /// <summary>Writes the next changed runs into a segment, and merges small ones; null if there is too little to write, false if another process was first.</summary>
    private async Task<bool?> Write(SweepRow sweep, Sweep specification, ProjectionBook.Entry? entry, SweepProjection projection, int least, CancellationToken cancellation)
    {
        var changes = sweep.Change > projection.Change ? await _catalogue.Changes(sweep.Id, projection.Change, cancellation) : [];
        if (changes.Sum(change => change.Completed ? Snapshots(change.Index) : 0L) < least)
        {
            return null;
        }
        var (runs, upto) = Part(changes, change => change.Completed ? Snapshots(change.Index) * RowsPerSnapshot(specification.RunAt(change.Index).Model) : 0, sweep.Change);
        using var writer = new SegmentWriter(_artifacts, cancellation);
        await _tables.Snapshots(sweep, specification, projection.Change, upto, writer.Sinks, cancellation);
        var next = await Merged(projection with { Change = upto, Segments = [.. projection.Segments, await writer.Seal(runs)] }, writer, cancellation);
        if (await _book.Replace(sweep.Id, entry, next))
        {
            return true;
        }
        var others = (await _book.Read(sweep.Id))?.Projection?.Segments.SelectMany(Hashes).ToHashSet() ?? [];
        await Delete(next.Segments.SelectMany(Hashes).Except(projection.Segments.SelectMany(Hashes)).Where(hash => !others.Contains(hash)), cancellation);
        return false;

        long Snapshots(int index) => specification.PlanFor(specification.RunAt(index)).SnapshotSteps.Count;
    }

    /// <summary>The runs of the oldest changes that make a segment, whole changes at a time, and the last of these changes.</summary>
    private (RunSet Runs, long Upto) Part(IReadOnlyList<RunChange> changes, Func<RunChange, long> rowsOf, long newest)
    {
        var (runs, rows) = (new List<int>(), 0L);
        foreach (var change in changes.GroupBy(change => change.Change).OrderBy(change => change.Key))
        {
            runs.AddRange(change.Select(run => run.Index));
            rows += change.Sum(rowsOf);
            if (rows >= _options.SegmentRows)
            {
                return (RunSet.Of(runs), change.Key);
            }
        }
        return (RunSet.Of(runs), newest);
    }

    /// <summary>About how many rows a snapshot has in all tables.</summary>
    private static long RowsPerSnapshot(Architecture model) => model is ModelConfiguration { Layers: var layers, Heads: var heads }
        ? layers * heads + MetricLayout.Pairs(layers, heads).LongCount() + layers + 3
        : 1;

    /// <summary>Deletes files that have been retired long enough; says when to do so if some have not.</summary>
    private async Task<TimeSpan?> Clean(string sweepId, ProjectionBook.Entry? entry, SweepProjection projection, CancellationToken cancellation)
    {
        var due = projection.Retired.Where(file => _time.GetUtcNow() - file.Since > _options.Retirement).ToArray();
        if (due.Length > 0 && await _book.Replace(sweepId, entry, projection with { Retired = [.. projection.Retired.Except(due)] }))
        {
            await Delete(due.Select(file => file.Hash).Except(projection.Segments.SelectMany(Hashes)), cancellation); // the same rows can be written again, and are the same file
            return projection.Retired.Count > due.Length ? _options.Retirement : null;
        }
        return projection.Retired.Count > 0 ? _options.Retirement : null;
    }

    /// <summary>Joins the small segments if there are many.</summary>
    private async Task<SweepProjection> Merged(SweepProjection projection, SegmentWriter writer, CancellationToken cancellation)
    {
        var small = projection.Segments.Where(segment => segment.Rows < _options.SegmentRows / 4).ToHashSet();
        if (small.Count <= _options.SmallSegments)
        {
            return projection;
        }
        var layers = projection.Layers(RunSet.Empty).Where(layer => small.Contains(layer.Segment)).ToArray();
        var merged = await writer.Merge(layers, file => _files.Open(file, cancellation));
        return projection with
        {
            Segments = [.. projection.Segments.Where(segment => !small.Contains(segment)), merged],
            Retired = [.. projection.Retired, .. Retire(small)],
        };
    }

    private IEnumerable<RetiredFile> Retire(IEnumerable<Segment> segments) => segments.SelectMany(Hashes).Select(hash => new RetiredFile(hash, _time.GetUtcNow()));

    private async Task Delete(IEnumerable<string> hashes, CancellationToken cancellation)
    {
        foreach (var hash in hashes)
        {
            _files.Forget(hash);
            await _artifacts.Delete(hash, cancellation);
        }
    }

    private static IEnumerable<string> Hashes(Segment segment) => segment.Files.Values.Select(file => file.Hash);
}
