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
                var upto = entry?.Projection is { } projection && projection.Fits(row) && await Parts(row, projection, parts, cancellation) ? projection.Change : 0;
                if (row.Change > upto)
                {
                    await tables.Snapshots(row, specification, upto, null, sinks, cancellation);
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

    /// <summary>Adds the files of a projection; false if one of them cannot be read, and then none is added.</summary>
    private async Task<bool> Parts(SweepRow sweep, SweepProjection projection, Dictionary<string, List<SegmentPart>> parts, CancellationToken cancellation)
    {
        var newer = sweep.Change > projection.Change ? RunSet.Of((await catalogue.Changes(sweep.Id, projection.Change, cancellation)).Select(change => change.Index)) : RunSet.Empty;
        var found = new List<(string Table, SegmentPart Part)>();
        try
        {
            foreach (var (segment, superseded) in projection.Layers(newer))
            {
                foreach (var (table, file) in segment.Files.Where(file => parts.ContainsKey(file.Key)))
                {
                    found.Add((table, new SegmentPart(await files.Open(file, cancellation), superseded)));
                }
            }
        }
        catch (ArtifactException missing)
        {
            damaged.Report(sweep.Id, missing.Message);
            return false;
        }
        foreach (var (table, part) in found)
        {
            parts[table].Add(part);
        }
        return true;
    }
}
