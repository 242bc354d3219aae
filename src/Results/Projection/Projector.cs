using System.Diagnostics;
using Orchestrator.Contracts.Api;
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
        if (await _catalogue.Sweep(sweepId, cancellation) is not { } sweep || _directory.SpecificationIfReadable(sweep) is not { } specification)
        {
            return null;
        }
        var entry = (await _book.Read([sweepId]))[0];
        var projection = entry?.Projection is { } known && known.Fits(sweep) ? known : Started(sweep, entry?.Projection);
        var changes = sweep.Change > projection.Change ? await _catalogue.Changes(sweepId, projection.Change, cancellation) : [];
        var snapshots = changes.Sum(change => change.Completed ? specification.PlanFor(specification.RunAt(change.Index)).SnapshotSteps.Count : 0L);
        var enough = snapshots >= (sweep.State is SweepState.Running or SweepState.Paused ? _options.Snapshots : _options.SnapshotsAtTheEnd);
        var due = projection.Retired.Where(file => _time.GetUtcNow() - file.Since > _options.Retirement).ToArray();
        if (enough || due.Length > 0)
        {
            projection = await Next(sweep, specification, entry, projection, enough ? [.. changes.Select(change => change.Index)] : null, due, cancellation) ?? projection;
        }
        return projection.Retired.Count > 0 ? _options.Retirement : null;
    }

    /// <summary>Makes all segments of a sweep again from the facts, however few its snapshots are.</summary>
    public async Task<RebuildResult> Rebuild(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var started = Stopwatch.GetTimestamp();
        var specification = _directory.Specification(sweep);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            sweep = await _catalogue.Sweep(sweep.Id, cancellation) ?? sweep;
            var entry = (await _book.Read([sweep.Id]))[0];
            var changes = await _catalogue.Changes(sweep.Id, 0, cancellation);
            if (await Next(sweep, specification, entry, Started(sweep, entry?.Projection), [.. changes.Select(change => change.Index)], [], cancellation) is { } made)
            {
                return new RebuildResult(
                    sweep.Id, made.Segments.Count, Rows(made), made.Segments.SelectMany(segment => segment.Files.Values).Sum(file => file.Bytes), Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }
    }

    /// <summary>Rows of a sweep's segments by table; those that are superseded count too.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Rows(string sweepId) => (await _book.Read([sweepId]))[0]?.Projection is { } projection ? Rows(projection) : new Dictionary<string, long>();

    private static Dictionary<string, long> Rows(SweepProjection projection) =>
        projection.Segments.SelectMany(segment => segment.Files).GroupBy(file => file.Key).ToDictionary(table => table.Key, table => table.Sum(file => file.Value.Rows));

    /// <summary>An empty projection in the place of another, whose files go.</summary>
    private SweepProjection Started(SweepRow sweep, SweepProjection? former) => SweepProjection.Empty(sweep) with
    {
        Retired = former is null ? [] : [.. former.Retired, .. Retire(former.Segments)],
    };

    /// <summary>Writes segments of the changed runs, merges small ones, deletes what is due; null if another process was first.</summary>
    private async Task<SweepProjection?> Next(
        SweepRow sweep, Sweep specification, ProjectionBook.Entry? entry, SweepProjection projection, IReadOnlyList<int>? changed, IReadOnlyList<RetiredFile> due, CancellationToken cancellation)
    {
        var next = projection with { Retired = [.. projection.Retired.Except(due)] };
        if (changed is not null)
        {
            using var writer = new SegmentWriter(_artifacts, cancellation);
            var written = await Write(sweep, specification, projection.Change, RunSet.Of(changed), writer, cancellation);
            next = await Merged(next with { Change = sweep.Change, Segments = [.. next.Segments, .. written] }, writer, cancellation);
        }
        if (!await _book.Replace(sweep.Id, entry, next))
        {
            var others = (await _book.Read([sweep.Id]))[0]?.Projection?.Segments.SelectMany(Hashes).ToHashSet() ?? [];
            await Delete(next.Segments.SelectMany(Hashes).Except(projection.Segments.SelectMany(Hashes)).Where(hash => !others.Contains(hash)), cancellation);
            return null;
        }
        await Delete(due.Select(file => file.Hash).Except(next.Segments.SelectMany(Hashes)), cancellation); // the same rows can be written again, and are the same file
        return next;
    }

    private async Task<List<Segment>> Write(SweepRow sweep, Sweep specification, long after, RunSet changed, SegmentWriter writer, CancellationToken cancellation)
    {
        var segments = new List<Segment>();
        var runs = new List<int>();
        await _tables.Snapshots(sweep, specification, after, writer.Sinks, async run =>
        {
            runs.Add(run);
            if (writer.Rows >= _options.SegmentRows)
            {
                segments.Add(await writer.Seal(RunSet.Of(runs)));
                runs.Clear();
            }
        }, cancellation);
        // Runs that changed and have no rows now may have had some before: the last segment covers them too.
        var covered = segments.Aggregate(RunSet.Empty, (all, segment) => all.Or(RunSet.Parse(segment.Runs)));
        segments.Add(await writer.Seal(RunSet.Of(runs).Or(changed.Except(covered))));
        return segments;
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
