using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Orchestrator.Contracts;
using Orchestrator.Results.DuckDb;
using Orchestrator.Results.Tables;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Projection;

/// <summary>Which Parquet files hold what was measured in a sweep, up to one of its changes. They are a copy: without them everything is read from the facts.</summary>
/// <param name="Format">What wrote them; of another format they are as good as absent.</param>
/// <param name="Document">Hash of the sweep's document: what is asked of its runs decides what their rows are.</param>
/// <param name="Change">The newest change of the sweep that is in them.</param>
/// <param name="Segments">Oldest first. The rows of a run are those of the newest segment that covers it.</param>
/// <param name="Retired">Files that nobody looks for any more, and since when: queries that began before may read them.</param>
internal sealed record SweepProjection(string Format, string Document, long Change, IReadOnlyList<Segment> Segments, IReadOnlyList<RetiredFile> Retired)
{
    /// <summary>What this version writes.</summary>
    public static string CurrentFormat { get; } = $"{Versions.Product}-{Versions.Metrics}-{Hash(string.Join(';', TableRows.Stored.SelectMany(table => table.Columns.Select(column => $"{table.Name}.{column.Name}:{column.Kind}"))))[..16]}";

    /// <summary>Nothing yet.</summary>
    public static SweepProjection Empty(SweepRow sweep) => new(CurrentFormat, Hash(sweep.Document ?? ""), 0, [], []);

    /// <summary>Whether the files say what the sweep is now asked.</summary>
    public bool Fits(SweepRow sweep) => Format == CurrentFormat && Document == Hash(sweep.Document ?? "");

    /// <summary>The segments with the runs of each that another one, or who reads beside them, has newer.</summary>
    public IReadOnlyList<(Segment Segment, RunSet Superseded)> Layers(RunSet newer)
    {
        var layers = new List<(Segment, RunSet)>();
        foreach (var segment in Segments.Reverse())
        {
            var runs = RunSet.Parse(segment.Runs);
            layers.Add((segment, runs.And(newer)));
            newer = newer.Or(runs);
        }
        layers.Reverse();
        return layers;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>The rows of some runs, a file for each table that has any.</summary>
/// <param name="Runs">The runs that it covers: those that it has rows of, and those that had rows before and have none now.</param>
/// <param name="Files">By table.</param>
internal sealed record Segment(string Runs, IReadOnlyDictionary<string, SegmentFile> Files)
{
    [JsonIgnore]
    public long Rows => Files.Values.Sum(file => file.Rows);
}

/// <summary>One file.</summary>
/// <param name="Hash">Its name in the artifact store.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Bytes">How long it is.</param>
internal sealed record SegmentFile(string Hash, long Rows, long Bytes);

/// <summary>A file that is to be deleted.</summary>
internal sealed record RetiredFile(string Hash, DateTimeOffset Since);
