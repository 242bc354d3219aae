using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Logs;
using Orchestrator.Storage.Tests.Backends;

namespace Orchestrator.Storage.Tests.Logs;

/// <summary>What <c>run logs</c> relies on, in any back end.</summary>
public abstract class RunLogConformance<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static RunLogEntry Line(int tick, string text = "line", string run = "r", string source = "w#1", int? attempt = 1) =>
        new(run, attempt, Noon.AddTicks(tick), source, tick, LogSeverity.Information, text);

    [Fact]
    public async Task Lines_of_a_run_come_in_the_order_of_their_times_whoever_wrote_them_and_whenever_they_arrived()
    {
        await Logs.Append([Line(2, "second"), Line(5, "not mine", run: "other"), Line(4, "fourth", source: "control plane", attempt: null)], Cancellation);
        await Logs.Append([Line(1, "first", source: "control plane"), Line(3, "third\0", source: "w#2", attempt: 2)], Cancellation);

        Assert.Equal(
        [
            new(Noon.AddTicks(1), 1, "control plane", LogSeverity.Information, "first"), new(Noon.AddTicks(2), 1, "w#1", LogSeverity.Information, "second"),
            new(Noon.AddTicks(3), 2, "w#2", LogSeverity.Information, "third\uFFFD"), new(Noon.AddTicks(4), null, "control plane", LogSeverity.Information, "fourth"),
        ], await Logs.Read("r", Cancellation));
    }

    [Fact]
    public async Task A_line_that_is_sent_twice_is_stored_once()
    {
        await Logs.Append([Line(1), Line(2)], Cancellation);
        await Logs.Append([Line(2), Line(3), Line(3)], Cancellation);

        Assert.Equal(3, (await Logs.Read("r", Cancellation)).Count);
    }

    [Fact]
    public async Task Lines_that_cannot_be_stored_are_set_aside_and_the_others_are_kept()
    {
        var tooLong = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(10_000)); // nothing to compress
        await Logs.Append(
            [Line(1), Line(2, run: "a\0b"), Line(3, run: tooLong), Line(4, run: "half \uD800"), Line(5, source: "w\0"), Line(6) with { Level = (LogSeverity)99 }, Line(7)], Cancellation);
        await Logs.Append([Line(8)], Cancellation);

        Assert.Equal([1, 5, 7, 8], (await Logs.Read("r", Cancellation)).Select(line => (int)(line.At - Noon).Ticks));
    }

    [Fact]
    public async Task The_newest_thousand_lines_of_a_run_stay_and_other_runs_lose_nothing()
    {
        await Logs.Append([Line(0, run: "other"), .. Enumerable.Range(0, 900).Select(i => Line(i, $"{i}"))], Cancellation);
        await Logs.Append([.. Enumerable.Range(900, 150).Select(i => Line(i, $"{i}")), Line(1, run: "other")], Cancellation);

        var kept = await Logs.Read("r", Cancellation);
        Assert.Equal((IRunLogs.MostLines, "50", "1049"), (kept.Count, kept[0].Line, kept[^1].Line));
        Assert.Equal(2, (await Logs.Read("other", Cancellation)).Count);
    }

    [Fact]
    public async Task Logs_are_written_beside_states_without_disturbing_them()
    {
        var lines = Task.WhenAll(Enumerable.Range(0, 20).Select(i => Logs.Append([Line(i)], Cancellation)));
        var states = Task.WhenAll(Enumerable.Range(0, 20).Select(i => Write($"state-{i}", new List<int> { i })));
        await Task.WhenAll(lines, states);

        Assert.Equal(20, (await Logs.Read("r", Cancellation)).Count);
        Assert.Equal(19, Assert.Single((await Read<List<int>>("state-19")).State!));
    }

    [Fact]
    public async Task A_run_that_nobody_wrote_about_has_no_lines() => Assert.Empty(await Logs.Read("nobody", Cancellation));
}

public sealed class SqliteRunLogTests : RunLogConformance<SqliteBackend>;

public sealed class PostgresRunLogTests : RunLogConformance<PostgresBackend>;
