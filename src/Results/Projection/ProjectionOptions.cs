namespace Orchestrator.Results.Projection;

/// <summary>When what was measured is worth a file.</summary>
public sealed record ProjectionOptions
{
    /// <summary>New snapshots of a sweep that make a segment while it runs: fewer are read from the facts as quickly.</summary>
    public int Snapshots { get; init; } = 2_000;

    /// <summary>New snapshots that make one when the sweep has ended.</summary>
    public int SnapshotsAtTheEnd { get; init; } = 200;

    /// <summary>Rows of all tables after which a segment is closed.</summary>
    public long SegmentRows { get; init; } = 1_000_000;

    /// <summary>Small segments of a sweep that are left side by side.</summary>
    public int SmallSegments { get; init; } = 8;

    /// <summary>How long a file stays that nobody looks for any more: longer than a query may take.</summary>
    public TimeSpan Retirement { get; init; } = TimeSpan.FromMinutes(3);
}
