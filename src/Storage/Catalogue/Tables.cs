using System.Collections.Concurrent;
using System.Data.Common;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using static Orchestrator.Storage.Backends.ColumnType;

namespace Orchestrator.Storage.Catalogue;

/// <summary>How listed rows lie in columns. Reading takes the columns in the order in which they stand here.</summary>
internal static class Tables
{
    public static readonly Table<SweepRow> Sweeps = new("sweeps", 1,
    [
        new("sweep_id", Utf8, r => Stored.Text(r.Id)),
        new("name", Utf8, r => Stored.Text(r.Name)),
        new("state", Utf8, r => Stored.Name(r.State)),
        new("reason", Utf8, r => Stored.Text(r.Reason)),
        new("priority", Integer, r => r.Priority),
        new("total_runs", Integer, r => r.TotalRuns),
        new("created", Utf8, r => Stored.Time(r.Created)),
        new("ended", Utf8, r => Stored.Time(r.Ended)),
        new("document", Utf8, r => Stored.Text(r.Document)),
    ], r => new Key(r.Id));

    public static readonly Table<RunRow> Runs = new("runs", 2,
    [
        new("sweep_id", Utf8, r => Stored.Text(r.SweepId)),
        new("run_index", Integer, r => r.Index),
        new("run_id", Utf8, r => Stored.Text(r.RunId)),
        new("state", Utf8, r => Stored.Name(r.State)),
        new("attempt", Integer, r => r.Attempt),
        new("reason", Utf8, r => Stored.Text(r.Reason)),
        new("worker", Utf8, r => Stored.Text(r.Worker)),
        new("step", Integer, r => r.Step),
        new("weights_hash", Utf8, r => Stored.Text(r.WeightsHash)),
        new("started", Utf8, r => Stored.Time(r.Started)),
        new("ended", Utf8, r => Stored.Time(r.Ended)),
        new("device_seconds", Real, r => Stored.Number(r.DeviceSeconds)),
        new("cpu_kernels", Utf8, r => Stored.Text(r.CpuKernels)),
        new("finals", Utf8, r => Stored.Json(r.Finals)),
        new("attempts", Utf8, r => Stored.Text(r.Attempts)),
        new("device", Utf8, r => Stored.Text(r.Pack?.Device)),
        new("pack_models", Integer, r => r.Pack?.Models),
        new("pack_too_many", Integer, r => r.Pack?.TooMany),
    ], r => new Key(r.SweepId, r.Index), IsNumbered: true);

    public static readonly Table<FactRow> Facts = new("facts", 4,
    [
        new("run_id", Utf8, r => Stored.Text(r.RunId)),
        new("step", Integer, r => r.Step),
        new("metric_version", Integer, r => r.MetricVersion),
        new("measures", Utf8, r => Spell(r.Measures)),
        new("attempt", Integer, r => r.Attempt),
        new("weights_hash", Utf8, r => Stored.Text(r.WeightsHash)),
        new("metrics", Bytes, r => r.Values),
    ], r => new Key(r.RunId, r.Step, r.MetricVersion, Spell(r.Measures)));

    public static readonly Table<RunLogEntry> RunLogs = new("run_logs", 4,
    [
        new("run_id", Utf8, r => Stored.Text(r.RunId)),
        new("at", Utf8, r => Stored.Time(r.At)),
        new("source", Utf8, r => Stored.Text(r.Source)),
        new("number", Integer, r => r.Number),
        new("attempt", Integer, r => r.Attempt),
        new("level", Utf8, r => Stored.Name(r.Level)),
        new("line", Utf8, r => Stored.Text(r.Line)),
    ], r => new Key(r.RunId, r.Number, Kind: $"{Stored.Time(r.At)} {r.Source}"));

    /// <summary>The columns of a sweep <c>s</c> and its newest change.</summary>
    public static string SweepColumns { get; } = $"{Sweeps.Select("s")}, {SweepChanges.NewestOf("s.sweep_id")}";

    public static SweepRow ReadSweep(DbDataReader reader)
    {
        var c = new Cursor(reader);
        var (id, name, state, reason) = (c.Text(), c.Text(), c.Text(), c.TextOrNull());
        var known = Stored.MemberOrNull<SweepState>(state);
        return new SweepRow(
            id, name, known ?? SweepState.Unreadable, known is null ? Stored.Unknown<SweepState>(state) : reason,
            c.Integer(), c.Integer(), Stored.Time(c.Text()), Stored.TimeOrNull(c.TextOrNull()), c.TextOrNull())
        { Change = c.Long() };
    }

    /// <summary>The columns of a run <c>r</c>, with null for its attempts: the longest of them, which lists do not show.</summary>
    public static string RunsWithoutAttempts { get; } = Runs.Select("r").Replace("r.attempts", "null", StringComparison.Ordinal);

    public static RunRow ReadRun(DbDataReader reader)
    {
        var c = new Cursor(reader);
        return new RunRow
        {
            SweepId = c.Text(),
            Index = c.Integer(),
            RunId = c.Text(),
            State = Stored.Member<RunState>(c.Text()),
            Attempt = c.Integer(),
            Reason = c.TextOrNull(),
            Worker = c.TextOrNull(),
            Step = c.Integer(),
            WeightsHash = c.TextOrNull(),
            Started = Stored.TimeOrNull(c.TextOrNull()),
            Ended = Stored.TimeOrNull(c.TextOrNull()),
            DeviceSeconds = c.Real(),
            CpuKernels = c.TextOrNull(),
            Finals = Stored.Document<RunFinals>(c.TextOrNull()),
            Attempts = c.TextOrNull(),
            Pack = Pack(c.TextOrNull(), c.IntegerOrNull(), c.IntegerOrNull()),
        };
    }

    private static TrainedPack? Pack(string? device, int? models, int? tooMany) => device is null ? null : new TrainedPack(device, models ?? 0, tooMany);

    public static FactRow ReadFact(DbDataReader reader, int start = 0)
    {
        var c = new Cursor(reader, start);
        return new FactRow(c.Text(), c.Integer(), c.Integer(), Measures(c.Text()), c.Integer(), c.Text(), c.Bytes());
    }

    public static FactKey ReadFactKey(DbDataReader reader, int start)
    {
        var c = new Cursor(reader, start);
        return new FactKey(c.Integer(), c.Integer(), Measures(c.Text()));
    }

    public static RunLogLine ReadRunLog(DbDataReader reader)
    {
        var c = new Cursor(reader, 1);
        var (at, source, _, attempt) = (Stored.Time(c.Text()), c.Text(), c.Integer(), c.IntegerOrNull());
        return new RunLogLine(at, attempt, source, Stored.Member<LogSeverity>(c.Text()), c.Text());
    }

    // The set of measures, not their order, decides a vector's layout.
    private static string Spell(IReadOnlyList<Measure> measures) => string.Join(',', measures.Distinct().Order().Select(Stored.Name));

    // There are few combinations and millions of vectors.
    private static IReadOnlyList<Measure> Measures(string spelled) => Combinations.GetOrAdd(
        spelled, static text => text.Length == 0 ? [] : [.. text.Split(',').Select(Stored.Member<Measure>)]);

    private static readonly ConcurrentDictionary<string, IReadOnlyList<Measure>> Combinations = new(StringComparer.Ordinal);

    /// <summary>A key in the order of bytes, whatever the culture.</summary>
    private sealed record Key(string Id, int Number = 0, int Version = 0, string Kind = "") : IComparable
    {
        public int CompareTo(object? other) => other is Key key ? CompareTo(key) : 1;

        private int CompareTo(Key key)
        {
            var order = string.CompareOrdinal(Id, key.Id);
            order = order != 0 ? order : Number.CompareTo(key.Number);
            order = order != 0 ? order : Version.CompareTo(key.Version);
            return order != 0 ? order : string.CompareOrdinal(Kind, key.Kind);
        }
    }
}
