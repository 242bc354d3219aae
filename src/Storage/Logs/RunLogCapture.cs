using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Logs;

/// <summary>
/// Takes the lines that are about a run (those with a value named <c>Run</c>) out of what a part of the program logs. Which levels
/// it gets is its own filter's choice, whatever the console shows.
/// </summary>
/// <param name="category">Beginning of the categories that it takes.</param>
/// <param name="source">Who writes them.</param>
/// <param name="time">The clock.</param>
/// <param name="lines">Where they wait.</param>
public abstract class RunLogCapture(string category, string source, TimeProvider time, RunLogBuffer lines) : ILoggerProvider
{
    private int _number;

    /// <summary>Where the lines wait to be sent or stored.</summary>
    public RunLogBuffer Lines => lines;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(category, StringComparison.Ordinal) ? new Logger(this) : NullLogger.Instance;

    /// <inheritdoc/>
    public void Dispose() => GC.SuppressFinalize(this);

    private void Add(LogLevel level, IReadOnlyList<KeyValuePair<string, object?>> values, string text)
    {
        string? run = null;
        int? attempt = null;
        foreach (var (name, value) in values)
        {
            (run, attempt) = (name, value) switch
            {
                ("Run", string id) => (id, attempt),
                ("Attempt", int number) => (run, number),
                _ => (run, attempt),
            };
        }
        if (run is not null)
        {
            lines.Add(new RunLogEntry(run, attempt, time.GetUtcNow(), source, Interlocked.Increment(ref _number), Severity(level), WithoutSubject(text, run, attempt)));
        }
    }

    /// <summary>Run and attempt stand beside each line already.</summary>
    private static string WithoutSubject(string text, string run, int? attempt)
    {
        var both = $"run {run}, attempt {attempt}: ";
        var alone = $"run {run}: ";
        return text.StartsWith(both, StringComparison.Ordinal) ? text[both.Length..]
            : text.StartsWith(alone, StringComparison.Ordinal) ? text[alone.Length..]
            : text;
    }

    private static LogSeverity Severity(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => LogSeverity.Debug,
        LogLevel.Information => LogSeverity.Information,
        LogLevel.Warning => LogSeverity.Warning,
        LogLevel.Error => LogSeverity.Error,
        _ => LogSeverity.Critical,
    };

    private sealed class Logger(RunLogCapture capture) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                var text = formatter(state, exception);
                capture.Add(logLevel, values, exception is null ? text : $"{text}: {exception.Message}");
            }
        }
    }
}
