namespace Orchestrator.Storage.Catalogue;

/// <summary>
/// A grain state that lists itself: its rows are written in the same transaction as the state, so that a list never shows
/// what a grain does not know. Called once per write, on the grain's own turn.
/// </summary>
public interface IListed
{
    /// <summary>Adds every row that this write must leave in the catalogue and the facts. Rows replace those with the same key.</summary>
    void Collect(RowSet rows);
}

/// <summary>
/// Rows that belong to one write of one grain's state. In their text U+0000 and half surrogate pairs become U+FFFD, and a number
/// that is not a number becomes null: no database keeps them alike.
/// </summary>
public sealed class RowSet
{
    /// <summary>Sweeps.</summary>
    public List<SweepRow> Sweeps { get; } = [];
    /// <summary>Runs in sweeps.</summary>
    public List<RunRow> Runs { get; } = [];
    /// <summary>Metric vectors.</summary>
    public List<FactRow> Facts { get; } = [];
}

/// <summary>Reads what grains have listed. Reads see every write that was acknowledged before they began.</summary>
public interface ICatalogue
{
    /// <summary>All sweeps, the one that was created last first, whatever the clock said.</summary>
    Task<IReadOnlyList<SweepRow>> Sweeps(CancellationToken cancellation = default);

    /// <summary>One sweep, or null.</summary>
    Task<SweepRow?> Sweep(string sweepId, CancellationToken cancellation = default);

    /// <summary>How many runs with a row there are, by sweep and state; of one sweep if it is given.</summary>
    Task<IReadOnlyList<RunCount>> Counts(string? sweepId = null, CancellationToken cancellation = default);

    /// <summary>The runs of a sweep that have a row, by index.</summary>
    Task<IReadOnlyList<RunRow>> Runs(string sweepId, CancellationToken cancellation = default);

    /// <summary>The runs of a sweep from one index on, of so many indices, that have a row, by index.</summary>
    Task<IReadOnlyList<RunRow>> Runs(string sweepId, int from, int count, CancellationToken cancellation = default);

    /// <summary>
    /// The runs of a sweep whose rows were written after one of its changes (<see cref="SweepRow.Change"/>), by index. Who keeps the number that it read of the sweep
    /// before this, and asks from it the next time, misses no row, in whatever order processes commit. Without their attempts.
    /// </summary>
    IAsyncEnumerable<RunRow> ChangedRuns(string sweepId, long after, CancellationToken cancellation = default);

    /// <summary>Which runs these are, each with the change that wrote its row last and whether it is completed now, by index.</summary>
    Task<IReadOnlyList<RunChange>> Changes(string sweepId, long after, CancellationToken cancellation = default);

    /// <summary>A run's rows, one per sweep that asked for it, oldest sweep first. A unique prefix of the id will do; empty if there is none or if it is not unique.</summary>
    Task<IReadOnlyList<RunRow>> Run(string runIdOrPrefix, CancellationToken cancellation = default);

    /// <summary>The first ids of runs with a row that begin like this, in the order of their text.</summary>
    Task<IReadOnlyList<string>> RunIds(string prefix, int most, CancellationToken cancellation = default);
}

/// <summary>Reads metric vectors.</summary>
public interface IFactStore
{
    /// <summary>All vectors of a run, by step, then metric version.</summary>
    Task<IReadOnlyList<FactRow>> Run(string runId, CancellationToken cancellation = default);

    /// <summary>What was measured of a sweep's completed runs, in the order of run index, then step: reads no values.</summary>
    IAsyncEnumerable<(int Index, FactKey Key)> Keys(string sweepId, CancellationToken cancellation = default);

    /// <summary>
    /// All vectors of a sweep's completed runs, or of all runs, in the order of run index, then step; at some steps alone, or of the runs alone that were written after one
    /// change and not after another, if that is given.
    /// </summary>
    IAsyncEnumerable<(int Index, FactRow Fact)> Sweep(
        string sweepId, IReadOnlyCollection<int>? steps = null, long after = 0, long? upto = null, bool completed = true, CancellationToken cancellation = default);
}
