using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orchestrator.Contracts;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.States;

/// <summary>What the storage tells OpenTelemetry, under the meter <c>Orchestrator.Storage</c>.</summary>
internal static class StorageInstruments
{
    public const string Name = "Orchestrator.Storage";

    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<int> CommitSize = Meter.CreateHistogram<int>("orchestrator.storage.commit.writes", "{write}", "Grain-state writes that shared a transaction");
    private static readonly Histogram<double> CommitTime = Meter.CreateHistogram(
        "orchestrator.storage.commit.duration", "s", "Time of a transaction, flush included", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets.Seconds });
    private static readonly Counter<long> Conflicts = Meter.CreateCounter<long>("orchestrator.storage.conflicts", "{write}", "Writes refused because their version was overtaken");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("orchestrator.storage.commit.failures", "{commit}", "Transactions that failed");

    /// <summary>Lines of runs' logs that could not be kept because of what stands in them.</summary>
    public static readonly Counter<long> LinesSetAside = Meter.CreateCounter<long>("orchestrator.run_logs.set_aside", "{line}", "Lines of runs' logs set aside because they were malformed");

    /// <summary>Rows of the catalogue, the facts and the logs that could not be read.</summary>
    public static readonly Counter<long> RowsSetAside = Meter.CreateCounter<long>("orchestrator.rows.set_aside", "{row}", "Stored rows set aside because this version cannot read them");

    /// <summary>A commit that is counted and timed.</summary>
    public static async Task<IReadOnlyList<bool>> Commit(Database database, IReadOnlyList<StateWrite> writes)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var written = await database.Commit(writes);
            Conflicts.Add(written.Count(w => !w));
            return written;
        }
        catch
        {
            Failures.Add(1);
            throw;
        }
        finally
        {
            CommitSize.Record(writes.Count);
            CommitTime.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
