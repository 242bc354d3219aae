using DuckDB.NET.Data;
using Orchestrator.Results.DuckDb;
using Orchestrator.Results.Tables;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Results.Projection;

/// <summary>Collects rows in a database in memory, and makes Parquet files of them: by step, then run, in large row groups, so that a step or a run is found without reading the rest.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private const int MemoryMegabytes = 768;

    private readonly IArtifactStore _artifacts;
    private readonly CancellationToken _cancellation;
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-segments-").FullName;
    private readonly DuckDBConnection _connection;
    private Dictionary<string, TableLoader> _loaders = [];

    public SegmentWriter(IArtifactStore artifacts, CancellationToken cancellation)
    {
        (_artifacts, _cancellation) = (artifacts, cancellation);
        _connection = Databases.Open(MemoryMegabytes, spill: _folder);
    }

    /// <summary>Where rows of the tables go.</summary>
    public IReadOnlyDictionary<string, RowSink> Sinks => TableRows.Stored.ToDictionary(table => table.Name, table => (RowSink)(row =>
    {
        if (!_loaders.TryGetValue(table.Name, out var loader))
        {
            _loaders[table.Name] = loader = new TableLoader(_connection, table, Databases.Stored, _cancellation);
        }
        loader.Add(row);
    }));

    /// <summary>A segment of the rows that came; they are stored and gone from here.</summary>
    public async Task<Segment> Seal(RunSet runs)
    {
        var files = new Dictionary<string, SegmentFile>();
        foreach (var (table, loader) in _loaders)
        {
            loader.Dispose();
            files[table] = await Store($"{Databases.Stored}.{table}", table);
            Databases.Execute(_connection, $"drop table {Databases.Stored}.{table}");
        }
        _loaders = [];
        return new Segment(runs.ToString(), files);
    }

    /// <summary>One segment of several: what they have that is not superseded. It may stand after any segment that stood between them.</summary>
    public async Task<Segment> Merge(IReadOnlyList<(Segment Segment, RunSet Superseded)> layers, Func<SegmentFile, Task<string>> open)
    {
        var files = new Dictionary<string, SegmentFile>();
        foreach (var table in TableRows.Stored.Select(table => table.Name))
        {
            var parts = new List<SegmentPart>();
            foreach (var (segment, superseded) in layers)
            {
                if (segment.Files.TryGetValue(table, out var file))
                {
                    parts.Add(new SegmentPart(await open(file), superseded));
                }
            }
            if (parts.Count > 0 && await Store($"({Databases.Select(_connection, "*", parts)})", table) is { Rows: > 0 } merged)
            {
                files[table] = merged;
            }
        }
        var runs = layers.Select(layer => RunSet.Parse(layer.Segment.Runs).Except(layer.Superseded)).Aggregate(RunSet.Empty, (all, part) => all.Or(part));
        return new Segment(runs.ToString(), files);
    }

    public void Dispose()
    {
        foreach (var loader in _loaders.Values)
        {
            loader.Dispose();
        }
        _connection.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<SegmentFile> Store(string rows, string name)
    {
        _cancellation.ThrowIfCancellationRequested();
        var path = Path.Combine(_folder, $"{name}.parquet");
        Databases.Execute(_connection, $"copy (select * from {rows} order by step, {TableRows.RunIndex}) to {Databases.Literal(path)} (format parquet, compression zstd, row_group_size 122880)");
        var count = (long)Databases.Execute(_connection, $"select count(*) from read_parquet({Databases.Literal(path)})")!;
        await using var content = File.OpenRead(path);
        return new SegmentFile(await _artifacts.Put(content, _cancellation), count, content.Length);
    }
}
