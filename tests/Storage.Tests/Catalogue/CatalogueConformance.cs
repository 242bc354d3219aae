using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.States;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Catalogue;

/// <summary>What lists rely on, in any back end.</summary>
public abstract class CatalogueConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly DateTimeOffset Noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1);

    private static SweepRow SweepOf(string id, DateTimeOffset created, string name = "n") => new(id, name, SweepState.Running, null, 0, 10, created, null, null);

    private static RunRow RunOf(string sweep, int index, string run) => new() { SweepId = sweep, Index = index, RunId = run, State = RunState.Dispatched, Attempt = 1 };

    private int _writes;

    private Task List(Action<RowSet> rows) => Write($"listing-{_writes++}", new Listing { Rows = rows });

    [Fact]
    public async Task An_empty_catalogue_lists_nothing()
    {
        Assert.Empty(await Catalogue.Sweeps(Cancellation));
        Assert.Null(await Catalogue.Sweep("none", Cancellation));
        Assert.Empty(await Catalogue.Runs("none", Cancellation));
        Assert.Empty(await Catalogue.Run("none", Cancellation));
    }

    [Fact]
    public async Task Every_column_of_a_sweep_comes_back_as_it_was()
    {
        var plain = SweepOf("a", Noon);
        var full = new SweepRow("b", "Grüße \U0001F9E0 'quoted'", SweepState.Stopped, "budget: 5 s are used up", -7, int.MaxValue, Noon.AddSeconds(1), Noon.AddDays(400), """{ "name": "Grüße" }""");
        await List(rows => rows.Sweeps.AddRange([plain, full]));

        Assert.Equal([full with { Change = 1 }, plain with { Change = 1 }], await Catalogue.Sweeps(Cancellation));
        Assert.Equal(full with { Change = 1 }, await Catalogue.Sweep("b", Cancellation));
    }

    [Fact]
    public async Task The_newest_sweep_is_the_one_created_last_although_the_clock_was_set_back()
    {
        await List(rows => rows.Sweeps.Add(SweepOf("first", Noon)));
        await List(rows => rows.Sweeps.Add(SweepOf("second", Noon.AddDays(-1))));
        await List(rows => rows.Sweeps.Add(SweepOf("third", Noon.AddDays(-1))));
        await List(rows => rows.Sweeps.Add(SweepOf("first", Noon) with { State = SweepState.Completed })); // a change is no creation
        await List(rows => rows.Runs.AddRange([RunOf("first", 0, "shared"), RunOf("second", 0, "shared")]));

        Assert.Equal(["third", "second", "first"], (await Catalogue.Sweeps(Cancellation)).Select(s => s.Id));
        Assert.Equal("second", (await Catalogue.Run("shared", Cancellation))[^1].SweepId);
    }

    [Fact]
    public async Task A_time_of_another_zone_comes_back_as_the_same_moment()
    {
        await List(rows => rows.Sweeps.Add(SweepOf("a", Noon.ToOffset(TimeSpan.FromHours(9)))));

        Assert.Equal(Noon, (await Catalogue.Sweep("a", Cancellation))!.Created);
    }

    [Fact]
    public async Task Every_column_of_a_run_comes_back_as_it_was_in_every_state()
    {
        var finals = new RunFinals
        {
            Metrics = new Dictionary<string, double> { ["final_loss"] = 1.25, ["prefix_matching_max"] = 0.999999999999, ["v_composition_excess_max"] = 1e-17 },
            TransitionAfter = 100,
            TransitionStep = 123.456,
            TransitionBy = 200,
            IclTransitionStep = 150.5,
            Terms = new(Math.Log(32), [3.1, null, 1.0 / 3], [3.0, 2.5]),
        };
        var rows = Enum.GetValues<RunState>().Select((state, i) => new RunRow
        {
            SweepId = "s",
            Index = i,
            RunId = $"run-{i}",
            State = state,
            Attempt = i,
            Reason = "loss is not a number\nat step 5",
            Worker = "host#3",
            Step = 40,
            WeightsHash = "abc",
            Started = Noon,
            Ended = Noon.AddMilliseconds(1.5),
            DeviceSeconds = 0.1 + 0.2,
            Finals = finals with { InductionHeads = i },
            CpuKernels = "avx2-0123abcd",
            Pack = new TrainedPack("cuda:1", 256, 512),
            Attempts = """[{"attempt":1}]""",
        }).ToList();
        await List(set => set.Runs.AddRange(rows));

        Assert.Equal(rows, await Catalogue.Runs("s", Cancellation));
    }

    [Fact]
    public async Task No_finals_and_empty_finals_are_told_apart()
    {
        var none = RunOf("s", 0, "a");
        var undefined = RunOf("s", 1, "b") with { Finals = new() };
        await List(rows => rows.Runs.AddRange([none, undefined]));

        Assert.Equal([none, undefined], await Catalogue.Runs("s", Cancellation));
    }

    [Fact]
    public async Task A_row_written_again_replaces_the_old_one_also_within_one_write()
    {
        await List(rows => rows.Runs.Add(RunOf("s", 0, "a") with { Reason = "old", Worker = "w", Finals = new() { InductionHeads = 1 } }));
        await List(rows => rows.Runs.AddRange([RunOf("s", 0, "a") with { Attempt = 2 }, RunOf("s", 1, "b"), RunOf("s", 0, "a") with { Attempt = 3 }]));

        Assert.Equal([RunOf("s", 0, "a") with { Attempt = 3 }, RunOf("s", 1, "b")], await Catalogue.Runs("s", Cancellation));
    }

    [Fact]
    public async Task Of_writes_that_share_a_row_the_one_acknowledged_last_stays()
    {
        await Task.WhenAll(Enumerable.Range(1, 300).Select(i => List(rows => rows.Runs.Add(RunOf("s", 0, "a") with { Attempt = i }))));

        Assert.Equal(300, Assert.Single(await Catalogue.Runs("s", Cancellation)).Attempt);
    }

    [Fact]
    public async Task Runs_are_counted_by_sweep_and_state_those_with_a_result_apart()
    {
        await List(rows => rows.Runs.AddRange(
        [
            RunOf("s", 0, "a"), RunOf("s", 1, "b"), RunOf("s", 2, "c") with { State = RunState.Completed, Finals = new() },
            RunOf("s", 3, "d") with { Finals = new() }, RunOf("other", 0, "a"),
        ]));

        Assert.Equivalent(new RunCount[] { new("s", RunState.Dispatched, false, 2), new("s", RunState.Completed, true, 1), new("s", RunState.Dispatched, true, 1) }, await Catalogue.Counts("s", Cancellation), strict: true);
        Assert.Equal(5, (await Catalogue.Counts(cancellation: Cancellation)).Sum(count => count.Runs));
    }

    [Fact]
    public async Task Runs_are_listed_by_number()
    {
        int[] order = [10, 9, 100, 2, 1, 0];
        await List(rows => rows.Runs.AddRange(order.Select(i => RunOf("s", i, $"run-{i}")).Append(RunOf("other", 5, "x"))));

        Assert.Equal([0, 1, 2, 9, 10, 100], (await Catalogue.Runs("s", Cancellation)).Select(r => r.Index));
    }

    [Fact]
    public async Task A_run_is_found_in_every_sweep_that_asked_for_it_oldest_sweep_first()
    {
        await List(rows => rows.Sweeps.Add(SweepOf("old", Noon)));
        await List(rows =>
        {
            rows.Sweeps.Add(SweepOf("young", Noon.AddHours(1)));
            rows.Runs.AddRange([RunOf("young", 3, "abcdef"), RunOf("old", 8, "abcdef"), RunOf("old", 9, "abd000")]);
        });

        Assert.Equal([("old", 8), ("young", 3)], (await Catalogue.Run("abcdef", Cancellation)).Select(r => (r.SweepId, r.Index)));
        Assert.Equal([("old", 8), ("young", 3)], (await Catalogue.Run("abc", Cancellation)).Select(r => (r.SweepId, r.Index)));
    }

    [Theory]
    [InlineData("ab", 0)]
    [InlineData("abc", 1)]
    [InlineData("abcd", 1)]
    [InlineData("abce", 1)]
    [InlineData("abcf", 0)]
    [InlineData("ABC", 0)]
    [InlineData("abc%", 0)]
    [InlineData("ab_", 0)]
    [InlineData("", 0)]
    public async Task A_prefix_finds_a_run_only_where_it_is_unique_or_the_whole_name(string prefix, int found)
    {
        await List(rows => rows.Runs.AddRange([RunOf("s", 0, "abc"), RunOf("s", 1, "abcd"), RunOf("s", 2, "abce"), RunOf("s", 3, "b")]));

        Assert.Equal(found, (await Catalogue.Run(prefix, Cancellation)).Count);
    }

    [Fact]
    public async Task Text_that_no_database_keeps_is_replaced_and_does_not_stop_the_write()
    {
        await List(rows => rows.Runs.Add(RunOf("s", 0, "a") with { Reason = "a\0b\uD800c\U0001F9E0" }));

        Assert.Equal("a\uFFFDb\uFFFDc\U0001F9E0", Assert.Single(await Catalogue.Runs("s", Cancellation)).Reason);
    }

    [Fact]
    public async Task A_list_shows_every_write_that_was_acknowledged_before_it()
    {
        for (var i = 0; i < 50; i++)
        {
            await List(rows => rows.Runs.Add(RunOf("s", i, $"run-{i}")));
            Assert.Equal(i + 1, (await Catalogue.Runs("s", Cancellation)).Count);
        }
    }

    [Fact]
    public async Task A_sweeps_changes_are_counted_and_what_changed_after_one_of_them_is_found()
    {
        await List(rows => rows.Sweeps.AddRange([SweepOf("s", Noon), SweepOf("other", Noon)]));
        await List(rows => rows.Runs.AddRange([RunOf("s", 0, "a"), RunOf("s", 1, "b")]));
        await List(rows => rows.Runs.AddRange([RunOf("s", 1, "b") with { Attempt = 2 }, RunOf("other", 7, "b")]));
        await List(rows => rows.Sweeps.Add(SweepOf("s", Noon, "renamed")));

        Assert.Equal((4, 2), ((await Catalogue.Sweep("s", Cancellation))!.Change, (await Catalogue.Sweep("other", Cancellation))!.Change));
        Assert.Equal([0, 1], await Changed(0));
        Assert.Equal([0, 1], await Changed(1));
        Assert.Equal([1], await Changed(2));
        Assert.Empty(await Changed(3));

        async Task<IEnumerable<int>> Changed(long after) => await Catalogue.ChangedRuns("s", after, Cancellation).Select(run => run.Index).ToArrayAsync(Cancellation);
    }

    /// <summary>Commits of two processes overlap, and a heavy one that began first can end last.</summary>
    [Fact]
    public async Task Who_follows_the_changes_of_a_sweep_misses_none_of_two_writers()
    {
        const int Runs = 40;
        const int Rounds = 60;
        await List(rows => rows.Sweeps.Add(SweepOf("s", Noon)));
        await using var other = new Opened(TestDatabase.Open());
        var writing = Task.WhenAll(Write(Storage, 0), Write(other.Storage, 1));
        var seen = new Dictionary<int, RunRow>();
        long at = 0;
        var passes = 0;

        while (!writing.IsCompleted)
        {
            await Follow();
            passes++;
        }
        await writing;
        await Follow();

        Assert.True(passes > 10, $"{passes} passes prove little");
        Assert.Equal(await Catalogue.Runs("s", Cancellation), seen.OrderBy(run => run.Key).Select(run => run.Value));

        async Task Follow()
        {
            var upto = (await Catalogue.Sweep("s", Cancellation))!.Change;
            await foreach (var row in Catalogue.ChangedRuns("s", at, Cancellation))
            {
                seen[row.Index] = row;
            }
            at = upto;
        }

        async Task Write(GroupCommitGrainStorage storage, int writer)
        {
            var random = new Random(writer);
            for (var round = 0; round < Rounds; round++)
            {
                await Task.WhenAll(Enumerable.Range(0, 3).Select(part =>
                {
                    var run = RunOf("s", random.Next(Runs), $"run-{writer}") with { Attempt = round };
                    var fact = new FactRow($"run-{writer}-{part}", round, 1, [], 1, "w", new byte[random.Next(2) * 400_000]);
                    return storage.WriteStateAsync("state", Grain($"{writer}-{round}-{part}"), new GrainState<Listing>(new Listing
                    {
                        Rows = rows =>
                        {
                            rows.Runs.Add(run);
                            rows.Facts.Add(fact);
                        },
                    }));
                }));
            }
        }
    }
}
