using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Catalogue;

/// <summary>The catalogue and the facts over either back end.</summary>
internal sealed class DatabaseCatalogue(Database database, UnreadableRows unreadable) : ICatalogue, IFactStore
{
    // Above every identifier that starts with a prefix: no code point is larger.
    private const string AfterEverything = "\U0010FFFF";
    private static readonly string Completed = Stored.Name(RunState.Completed);

    public Task<IReadOnlyList<SweepRow>> Sweeps(CancellationToken cancellation) =>
        database.List(unreadable, "sweeps", $"select {Tables.SweepColumns} from sweeps s order by s.sequence desc", Tables.ReadSweep, [], cancellation);

    public async Task<SweepRow?> Sweep(string sweepId, CancellationToken cancellation)
    {
        var found = await database.List(unreadable, "sweeps", $"select {Tables.SweepColumns} from sweeps s where s.sweep_id = @sweep", Tables.ReadSweep, [("sweep", sweepId)], cancellation);
        return found.Count == 0 ? null : found[0];
    }

    public Task<IReadOnlyList<RunCount>> Counts(string? sweepId, CancellationToken cancellation) =>
        database.List(
            unreadable, "runs", $"select c.sweep_id, c.state, c.with_result, c.runs from run_counts c where c.runs > 0 {(sweepId is null ? "" : "and c.sweep_id = @sweep")}", // kept by the database as rows change
            reader => new RunCount(reader.GetString(0), Stored.Member<RunState>(reader.GetString(1)), Convert.ToBoolean(reader.GetValue(2), CultureInfo.InvariantCulture), reader.GetInt32(3)),
            sweepId is null ? [] : [("sweep", sweepId)], cancellation);

    public Task<IReadOnlyList<RunRow>> Runs(string sweepId, CancellationToken cancellation) =>
        database.List(unreadable, "runs", $"select {Tables.Runs.Select("r")} from runs r where r.sweep_id = @sweep order by r.run_index", Tables.ReadRun, [("sweep", sweepId)], cancellation);

    public Task<IReadOnlyList<RunRow>> Runs(string sweepId, int from, int count, CancellationToken cancellation) =>
        database.List(
            unreadable, "runs", $"select {Tables.Runs.Select("r")} from runs r where r.sweep_id = @sweep and r.run_index >= @from and r.run_index < @upto order by r.run_index", Tables.ReadRun,
            [("sweep", sweepId), ("from", from), ("upto", (int)Math.Min((long)from + count, int.MaxValue))], cancellation);

    public IAsyncEnumerable<RunRow> ChangedRuns(string sweepId, long after, CancellationToken cancellation) =>
        Stream(
            "runs", $"select {Tables.RunsWithoutAttempts} from runs r where r.sweep_id = @sweep and r.change > @after order by r.run_index", (_, read) => read, Tables.ReadRun,
            [("sweep", sweepId), ("after", after)], cancellation);

    public Task<IReadOnlyList<RunChange>> Changes(string sweepId, long after, CancellationToken cancellation) =>
        database.List(
            "select r.run_index, r.change, r.state from runs r where r.sweep_id = @sweep and r.change > @after order by r.run_index",
            reader => new RunChange(reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2) == Completed), [("sweep", sweepId), ("after", after)], cancellation);

    public async Task<IReadOnlyList<RunRow>> Run(string runIdOrPrefix, CancellationToken cancellation)
    {
        var ids = runIdOrPrefix.Length == 0 ? [] : await RunIds(runIdOrPrefix, 2, cancellation);
        // A whole id is itself even if it starts another one; it sorts first.
        return ids.Count == 0 || ids.Count == 2 && ids[0] != runIdOrPrefix
            ? []
            : await database.List(
                unreadable, "runs", $"select {Tables.Runs.Select("r")} from runs r left join sweeps s on s.sweep_id = r.sweep_id where r.run_id = @run " +
                "order by coalesce(s.sequence, 0), r.sweep_id, r.run_index",
                Tables.ReadRun, [("run", ids[0])], cancellation);
    }

    public Task<IReadOnlyList<string>> RunIds(string prefix, int most, CancellationToken cancellation) =>
        database.List(
            "select distinct r.run_id from runs r where r.run_id >= @prefix and r.run_id < @after order by r.run_id limit @most",
            reader => reader.GetString(0), [("prefix", prefix), ("after", prefix + AfterEverything), ("most", most)], cancellation);

    Task<IReadOnlyList<FactRow>> IFactStore.Run(string runId, CancellationToken cancellation) =>
        database.List(
            unreadable, "facts", $"select {Tables.Facts.Select("f")} from facts f where f.run_id = @run order by f.step, f.metric_version, f.measures",
            reader => Tables.ReadFact(reader), [("run", runId)], cancellation);

    IAsyncEnumerable<(int Index, FactRow Fact)> IFactStore.Sweep(
        string sweepId, IReadOnlyCollection<int>? steps, long after, long? upto, bool completed, CancellationToken cancellation) =>
        OfRuns(sweepId, steps, after, upto, completed, Tables.Facts.Select("f"), reader => Tables.ReadFact(reader, 1), cancellation);

    IAsyncEnumerable<(int Index, FactKey Key)> IFactStore.Keys(string sweepId, CancellationToken cancellation) =>
        OfRuns(sweepId, null, 0, null, true, "f.step, f.metric_version, f.measures", reader => Tables.ReadFactKey(reader, 1), cancellation);

    private IAsyncEnumerable<(int Index, T Row)> OfRuns<T>(
        string sweepId, IReadOnlyCollection<int>? steps, long after, long? upto, bool completed, string columns, Func<DbDataReader, T> read, CancellationToken cancellation) =>
        Stream(
            "facts of run",
            $"select r.run_index, {columns} from runs r join facts f on f.run_id = r.run_id " +
            $"where r.sweep_id = @sweep {(completed ? "and r.state = @completed" : "")} {(after == 0 ? "" : "and r.change > @after")} {(upto is null ? "" : "and r.change <= @upto")} {(steps is null ? "" : $"and f.step in ({string.Join(", ", steps.Select(step => step.ToString(CultureInfo.InvariantCulture)))})")} " +
            "order by r.run_index, f.step, f.metric_version, f.measures",
            (reader, row) => (reader.GetInt32(0), row), read,
            [("sweep", sweepId), .. completed ? [("completed", Completed)] : Array.Empty<(string, object)>(), .. after == 0 ? Array.Empty<(string, object)>() : [("after", after)], .. upto is { } last ? [("upto", (object)last)] : Array.Empty<(string, object)>()],
            cancellation);

    /// <summary>Rows one at a time, without those that cannot be read.</summary>
    private async IAsyncEnumerable<TResult> Stream<T, TResult>(
        string table, string sql, Func<DbDataReader, T, TResult> result, Func<DbDataReader, T> read, (string Name, object Value)[] parameters, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var rows = Read().GetAsyncEnumerator(cancellation);
        while (await database.Naming(rows.MoveNextAsync))
        {
            yield return rows.Current;
        }

        async IAsyncEnumerable<TResult> Read()
        {
            await using var connection = await database.Open(cancellation);
            await using var command = Query.Command(connection, sql, parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                cancellation.ThrowIfCancellationRequested();   // a driver that has the row at hand does not look
                if (unreadable.TryRead(table, reader, read, out var row))
                {
                    yield return result(reader, row);
                }
            }
        }
    }
}
