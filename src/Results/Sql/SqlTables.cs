using DuckDB.NET.Data;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.DuckDb;
using Orchestrator.Results.Projection;
using Orchestrator.Results.Tables;
using Orchestrator.Specification;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sql;

/// <summary>Puts the result tables into a database: as views of segments, with what is in no segment yet beside them, so that an answer is as new as its question.</summary>
internal sealed class SqlTables(TableRows tables, ICatalogue catalogue, ProjectionBook projections, SegmentFiles files, DamagedProjections damaged)
{
    /// <summary>Makes these tables; the files that they read.</summary>
    public async Task<IReadOnlyList<string>> Make(DuckDBConnection connection, IReadOnlyList<ResultTable> wanted, CancellationToken cancellation)
    {
        if (wanted.Count == 0)
        {
            return [];
        }
        var sweeps = await tables.Sweeps(cancellation);
        if (wanted.Contains(ResultTables.Runs))
        {
            var (runs, paths) = TableRows.RunsOf(sweeps);
            using var loader = new TableLoader(connection, runs, "main", cancellation);
            foreach (var (row, specification) in sweeps)
            {
                await tables.Runs(row, specification, paths, loader.Add, cancellation);
            }
        }
        ResultTable[] stored = [.. wanted.Where(table => table != ResultTables.Runs)];
        return stored.Length == 0 ? [] : await MakeStored(connection, stored, sweeps, cancellation);
    }

    private async Task<IReadOnlyList<string>> MakeStored(
        DuckDBConnection connection, IReadOnlyList<ResultTable> wanted, IReadOnlyList<(SweepRow Row, Sweep Specification)> sweeps, CancellationToken cancellation)
    {
        var loaders = TableRows.Stored.Where(table => wanted.Any(want => want.Name == table.Name))
            .ToDictionary(table => table.Name, table => new TableLoader(connection, table, Databases.Stored, cancellation));
        var parts = wanted.ToDictionary(table => table.Name, _ => new List<SegmentPart>());
        try
        {
            var sinks = loaders.ToDictionary(loader => loader.Key, loader => (RowSink)loader.Value.Add);
            var projected = await projections.Read([.. sweeps.Select(sweep => sweep.Row.Id)]);
            foreach (var ((row, specification), entry) in sweeps.Zip(projected))
            {
                if (entry?.Projection is { } projection && projection.Fits(row) && await Open(row, projection, parts.Keys, cancellation) is { } paths)
                {
                    Add(projection, await Newer(row, specification, projection.Change, sinks, cancellation), paths, parts);
                }
                else
                {
                    await tables.Snapshots(row, specification, 0, null, sinks, cancellation);
                }
            }
        }
        finally
        {
            foreach (var loader in loaders.Values)
            {
                loader.Dispose();
            }
        }
        foreach (var table in wanted)
        {
            var columns = string.Join(", ", table.Columns.Select(column => Databases.Name(column.Name)));
            var segments = parts[table.Name].Count == 0 ? "" : $" union all {Databases.Select(connection, columns, parts[table.Name])}";
            Databases.Execute(connection, $"create view {table.Name} as select {columns} from {Databases.Stored}.{table.Name}{segments}");
        }
        return [.. parts.Values.SelectMany(part => part).Select(part => part.Path)];
    }

    /// <summary>
    /// Reads the rows of what changed after the segments were written, and says which runs of the segments do not count. A run that changes meanwhile counts once:
    /// as it is read here, or, if it is no longer completed by then, as the segments have it.
    /// </summary>
    private async Task<RunSet> Newer(SweepRow sweep, Sweep specification, long change, Dictionary<string, RowSink> sinks, CancellationToken cancellation)
    {
        if (sweep.Change <= change)
        {
            return RunSet.Empty;
        }
        var before = await catalogue.Changes(sweep.Id, change, cancellation);
        var read = await tables.Snapshots(sweep, specification, change, null, sinks, cancellation);
        return RunSet.Of(before.Select(run => run.Index).Concat(read));
    }

    private static void Add(SweepProjection projection, RunSet newer, IReadOnlyDictionary<string, string> paths, Dictionary<string, List<SegmentPart>> parts)
    {
        foreach (var (segment, superseded) in projection.Layers(newer))
        {
            foreach (var (table, file) in segment.Files.Where(file => parts.ContainsKey(file.Key)))
            {
                parts[table].Add(new SegmentPart(paths[file.Hash], superseded));
            }
        }
    }

    /// <summary>The files of some tables by hash; null if one of them cannot be read.</summary>
    private async Task<IReadOnlyDictionary<string, string>?> Open(SweepRow sweep, SweepProjection projection, IEnumerable<string> wanted, CancellationToken cancellation)
    {
        var paths = new Dictionary<string, string>();
        try
        {
            foreach (var (_, file) in projection.Segments.SelectMany(segment => segment.Files).Where(file => wanted.Contains(file.Key)))
            {
                paths[file.Hash] = await files.Open(file, cancellation);
            }
            return paths;
        }
        catch (ArtifactException missing)
        {
            damaged.Report(sweep.Id, missing.Message);
            return null;
        }
    }
}
