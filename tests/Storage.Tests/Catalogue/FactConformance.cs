using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Catalogue;

/// <summary>What measurements rely on, in any back end.</summary>
public abstract class FactConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private int _writes;

    private Task List(Action<RowSet> rows) => Write($"listing-{_writes++}", new Listing { Rows = rows });

    private static FactRow Fact(string run, int step, byte value = 0, int version = 1, params Measure[] measures) =>
        new(run, step, version, measures, 1, "weights", [value, 0, 0, 0]);

    private static RunRow Run(string sweep, int index, string run, RunState state = RunState.Completed) =>
        new() { SweepId = sweep, Index = index, RunId = run, State = state, Attempt = 1 };

    [Fact]
    public async Task Every_column_comes_back_as_it_was_with_the_measures_in_their_own_order()
    {
        byte[] values = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await List(rows => rows.Facts.Add(new FactRow("r", 12, 3, [Measure.InContextLearning, Measure.Heads, Measure.Heads], 4, "hash", values)));

        var fact = Assert.Single(await Facts.Run("r", Cancellation));

        Assert.Equal(("r", 12, 3, 4, "hash"), (fact.RunId, fact.Step, fact.MetricVersion, fact.Attempt, fact.WeightsHash));
        Assert.Equal([Measure.Heads, Measure.InContextLearning], fact.Measures);
        Assert.Equal(values, fact.Values);
    }

    [Fact]
    public async Task Nothing_measured_is_an_empty_vector_and_not_an_absent_one()
    {
        await List(rows => rows.Facts.Add(new FactRow("r", 0, 1, [], 1, "hash", [])));

        var fact = Assert.Single(await Facts.Run("r", Cancellation));
        Assert.Empty(fact.Values);
        Assert.Empty(fact.Measures);
    }

    [Fact]
    public async Task A_run_that_was_never_measured_has_no_vectors() => Assert.Empty(await Facts.Run("nobody", Cancellation));

    [Fact]
    public async Task A_vector_written_again_is_overwritten_and_other_versions_and_measures_stay()
    {
        await List(rows => rows.Facts.AddRange([Fact("r", 1, 1), Fact("r", 1, 2, 2), Fact("r", 1, 3, 1, Measure.Heads, Measure.Terms)]));
        await List(rows => rows.Facts.Add(Fact("r", 1, 9, 1, Measure.Terms, Measure.Heads)));

        Assert.Equal([1, 9, 2], (await Facts.Run("r", Cancellation)).Select(f => (int)f.Values[0]));
    }

    [Fact]
    public async Task A_runs_vectors_come_by_step_then_metric_version()
    {
        await List(rows => rows.Facts.AddRange([Fact("r", 100), Fact("r", 9, version: 2), Fact("r", 20), Fact("r", 9), Fact("q", 1)]));

        Assert.Equal([(9, 1), (9, 2), (20, 1), (100, 1)], (await Facts.Run("r", Cancellation)).Select(f => (f.Step, f.MetricVersion)));
    }

    [Fact]
    public async Task A_sweeps_vectors_are_those_of_its_completed_runs_by_run_number_then_step()
    {
        await List(rows =>
        {
            rows.Runs.AddRange([Run("s", 10, "a"), Run("s", 2, "z"), Run("s", 3, "open", RunState.Training), Run("s", 4, "failed", RunState.Failed), Run("other", 0, "b")]);
            rows.Facts.AddRange(new[] { "a", "z", "open", "failed", "b" }.SelectMany(run => new[] { Fact(run, 20), Fact(run, 0), Fact(run, 3) }));
        });

        var all = await Facts.Sweep("s", cancellation: Cancellation).ToListAsync(Cancellation);
        var atThree = await Facts.Sweep("s", [3], cancellation: Cancellation).ToListAsync(Cancellation);

        Assert.Equal([(2, "z", 0), (2, "z", 3), (2, "z", 20), (10, "a", 0), (10, "a", 3), (10, "a", 20)], all.Select(f => (f.Index, f.Fact.RunId, f.Fact.Step)));
        Assert.Equal([(2, 3), (10, 3)], atThree.Select(f => (f.Index, f.Fact.Step)));
        var open = await Facts.Sweep("s", [3], completed: false, cancellation: Cancellation).ToListAsync(Cancellation);
        Assert.Equal([(2, "z"), (3, "open"), (4, "failed"), (10, "a")], open.Select(f => (f.Index, f.Fact.RunId)));
    }

    [Fact]
    public async Task The_keys_of_a_sweeps_vectors_say_what_was_measured_in_the_order_of_the_vectors()
    {
        await List(rows =>
        {
            rows.Runs.AddRange([Run("s", 10, "a"), Run("s", 2, "z"), Run("s", 3, "open", RunState.Training)]);
            rows.Facts.AddRange([Fact("a", 20), Fact("a", 3, version: 2, measures: [Measure.Terms, Measure.Heads]), Fact("a", 3), Fact("z", 1), Fact("open", 1)]);
        });

        var keys = await Facts.Keys("s", Cancellation).ToListAsync(Cancellation);

        Assert.Equal(
            ["2: 1 v1 ", "10: 3 v1 ", "10: 3 v2 Heads,Terms", "10: 20 v1 "],
            keys.Select(k => $"{k.Index}: {k.Key.Step} v{k.Key.MetricVersion} {string.Join(',', k.Key.Measures)}"));
    }

    [Fact]
    public async Task A_run_that_two_sweeps_share_is_seen_from_both_and_stored_once()
    {
        await List(rows =>
        {
            rows.Runs.AddRange([Run("s", 0, "a"), Run("t", 7, "a")]);
            rows.Facts.Add(Fact("a", 1));
        });

        Assert.Single(await Facts.Run("a", Cancellation));
        Assert.Equal([0], (await Facts.Sweep("s", cancellation: Cancellation).ToListAsync(Cancellation)).Select(f => f.Index));
        Assert.Equal([7], (await Facts.Sweep("t", cancellation: Cancellation).ToListAsync(Cancellation)).Select(f => f.Index));
    }

    [Fact]
    public async Task A_vector_of_eight_million_bytes_survives()
    {
        var values = new byte[8_000_000];
        new Random(7).NextBytes(values);
        await List(rows => rows.Facts.Add(new FactRow("big", 0, 1, [], 1, "hash", values)));

        Assert.Equal(values, Assert.Single(await Facts.Run("big", Cancellation)).Values);
    }

    [Fact]
    public async Task A_reader_that_stops_early_or_is_cancelled_leaves_the_store_usable()
    {
        await List(rows =>
        {
            rows.Runs.Add(Run("s", 0, "a"));
            rows.Facts.AddRange(Enumerable.Range(0, 1_000).Select(i => Fact("a", i)));
        });
        await foreach (var _ in Facts.Sweep("s", cancellation: Cancellation))
        {
            break;
        }
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Facts.Sweep("s", cancellation: cancelled.Token))
            {
                await cancelled.CancelAsync();
            }
        });

        await List(rows => rows.Facts.Add(Fact("a", 1_000)));
        Assert.Equal(1_001, (await Facts.Run("a", Cancellation)).Count);
    }
}
