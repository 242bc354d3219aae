using System.Text;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Logs;

namespace Orchestrator.Storage.Tests.Logs;

/// <summary>From what the program logs to what is sent: which lines, how long, how many.</summary>
public sealed partial class RunLogCaptureTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Lines_about_a_run_are_taken_at_the_captures_own_level_whatever_the_others_are_set_to()
    {
        var lines = new RunLogBuffer(10);
        using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddFilter<Capture>("Orchestrator.Worker", LogLevel.Debug))
            .AddSingleton<ILoggerProvider>(new Capture(_time, lines)).BuildServiceProvider();
        var factory = services.GetRequiredService<ILoggerFactory>();

        About(factory.CreateLogger("Orchestrator.Worker.Packs.PackHandler"), "r1", 2, "started", null);
        About(factory.CreateLogger("Orchestrator.Worker.Packs.PackHandler"), "r1", 3, "ended", new IOException("the disk is full"));
        Beside(factory.CreateLogger("Orchestrator.Worker.WorkerService"), "the control plane is away");
        About(factory.CreateLogger("Somebody.Else"), "r1", 2, "not ours", null);

        Assert.Equal(
        [
            new("r1", 2, _time.GetUtcNow(), "w#1", 1, LogSeverity.Debug, "started"),
            new("r1", 3, _time.GetUtcNow(), "w#1", 2, LogSeverity.Debug, "ended: the disk is full"),
        ], lines.Take());
    }

    [Fact]
    public void A_line_is_one_line_of_bounded_length_without_anything_a_terminal_obeys() => Gen.String[0, 3000].Sample(text =>
    {
        var clean = RunLogText.Clean(text);
        Assert.InRange(Encoding.UTF8.GetByteCount(clean), 0, RunLogEntry.MostBytes);
        Assert.DoesNotContain(clean, char.IsControl);
        Assert.True(Encoding.UTF8.GetByteCount(text) <= RunLogEntry.MostBytes ? clean.Length == text.Length : clean.EndsWith(" …", StringComparison.Ordinal));
    });

    [Fact]
    public void The_oldest_lines_give_way_and_the_next_message_says_how_many()
    {
        var lines = new RunLogBuffer(3);
        for (var i = 1; i <= 5; i++)
        {
            lines.Add(Line(i, $"line {i}"));
        }

        var taken = lines.Take();

        Assert.StartsWith("2 earlier lines", taken[0].Line, StringComparison.Ordinal);
        Assert.Equal(["line 3", "line 4", "line 5"], taken.Skip(1).Select(l => l.Line));
        Assert.Equal(4, taken.DistinctBy(l => (l.RunId, l.At, l.Source, l.Number)).Count());
        Assert.Empty(lines.Take());
    }

    [Fact]
    public void A_message_holds_at_most_200_lines_and_32_KB()
    {
        var lines = new RunLogBuffer(1000);
        for (var i = 0; i < 300; i++)
        {
            lines.Add(Line(i, i < 250 ? "short" : new string('x', 5000)));
        }

        var messages = new List<IReadOnlyList<RunLogEntry>>();
        while (lines.Take() is { Count: > 0 } taken)
        {
            messages.Add(taken);
        }

        Assert.All(messages, m => Assert.InRange(m.Count, 1, WorkerLog.MostLines));
        Assert.All(messages, m => Assert.InRange(m.Sum(l => Encoding.UTF8.GetByteCount(l.Line)), 1, WorkerLog.MostBytes));
        Assert.Equal(Enumerable.Range(0, 300), messages.SelectMany(m => m).Select(l => l.Number));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_could_not_be_passed_on_is_tried_again_and_what_is_left_goes_with_the_farewell()
    {
        var (lines, sent, asked) = (new RunLogBuffer(10), new List<string>(), new TaskCompletionSource());
        var away = true;
        using var pump = new RunLogPump(lines, Send, TimeSpan.FromSeconds(1), _time, NullLogger<RunLogPump>.Instance);
        await pump.StartAsync(TestContext.Current.CancellationToken);
        lines.Add(Line(1, "first"));
        while (!asked.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Empty(sent);
        away = false;
        lines.Add(Line(2, "second"));

        await pump.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["first", "second"], sent);

        Task Send(IReadOnlyList<RunLogEntry> some, CancellationToken cancellation)
        {
            asked.TrySetResult();
            if (away)
            {
                throw new IOException("nobody answers");
            }
            sent.AddRange(some.Select(l => l.Line));
            return Task.CompletedTask;
        }
    }

    private RunLogEntry Line(int number, string text) => new("r", 1, _time.GetUtcNow(), "w#1", number, LogSeverity.Information, text);

    [LoggerMessage(1, LogLevel.Debug, "run {Run}, attempt {Attempt}: {What}")]
    private static partial void About(ILogger log, string run, int attempt, string what, Exception? error);

    [LoggerMessage(2, LogLevel.Error, "{What}")]
    private static partial void Beside(ILogger log, string what);

    [Theory]
    [InlineData("", "w#1", "run id")]
    [InlineData(null, "w#1", "run id")]
    [InlineData("a\0b", "w#1", "run id")]
    [InlineData("half \uD800", "w#1", "run id")]
    [InlineData("r", "w\n", "source")]
    [InlineData("r", null, "source")]
    public void A_line_that_no_log_can_keep_stays_out_of_the_buffer_with_the_reason(string? run, string? source, string named)
    {
        var lines = new RunLogBuffer(10);

        Assert.Contains(named, lines.Add(new RunLogEntry(run!, 1, DateTimeOffset.UnixEpoch, source!, 1, LogSeverity.Warning, "text")), StringComparison.Ordinal);
        Assert.Contains("level", lines.Add(new RunLogEntry("r", 1, DateTimeOffset.UnixEpoch, "w#1", 1, (LogSeverity)99, "text")), StringComparison.Ordinal);
        Assert.Contains("run id", lines.Add(new RunLogEntry(new string('x', 20_000), 1, DateTimeOffset.UnixEpoch, "w#1", 1, LogSeverity.Warning, "text")), StringComparison.Ordinal);
        Assert.Contains("text", lines.Add(new RunLogEntry("r", 1, DateTimeOffset.UnixEpoch, "w#1", 1, LogSeverity.Warning, null!)), StringComparison.Ordinal);
        Assert.Null(lines.Add(new RunLogEntry("r", 1, DateTimeOffset.UnixEpoch, "w#1", 1, LogSeverity.Warning, "half \uD800")));

        Assert.Equal("half \uFFFD", Assert.Single(lines.Take()).Line);
    }

    private sealed class Capture(TimeProvider time, RunLogBuffer lines) : RunLogCapture("Orchestrator.Worker", "w#1", time, lines);
}
