using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Backends;

/// <summary>
/// The changes of each sweep have numbers in the order in which they were committed: who writes rows of a sweep counts it up first and so holds its counter until the
/// commit, whatever process it is. A reader that has seen number n has nothing to fear from below it: nothing commits late. A number is of a sweep, so that sweeps
/// do not wait for each other, and it comes back with its database from a backup.
/// </summary>
internal static class SweepChanges
{
    public const string Column = "change";

    /// <summary>Counts up the sweeps that come from <paramref name="source"/>, a select or values of (sweep, 1).</summary>
    public static string CountUp(string source) =>
        $"insert into sweep_changes (sweep_id, change) {source} on conflict (sweep_id) do update set change = sweep_changes.change + 1";

    /// <summary>The number of the newest change of a sweep; 0 if it was never counted.</summary>
    public static string NewestOf(string sweep) => $"coalesce((select c.change from sweep_changes c where c.sweep_id = {sweep}), 0)";

    /// <summary>The sweeps that these rows change, in the order in which their counters are taken.</summary>
    public static string[] Of(IEnumerable<RowSet> rows) =>
        [.. rows.SelectMany(set => set.Sweeps.Select(sweep => sweep.Id).Concat(set.Runs.Select(run => run.SweepId))).Distinct().Order(StringComparer.Ordinal)];
}
