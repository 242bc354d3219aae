using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Hosting;

/// <summary>What a control plane in this process logs, for the person whose command it serves: one line, of an exception the reasons alone.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var reasons = new List<string>();
        for (var cause = logEntry.Exception; cause is not null; cause = cause.InnerException)
        {
            if (!reasons.Exists(reason => reason.Contains(cause.Message, StringComparison.Ordinal)))
            {
                reasons.Add(cause.Message);
            }
        }
        var line = string.Join(": ", reasons.Prepend(logEntry.Formatter(logEntry.State, null))).ReplaceLineEndings(" ");
        textWriter.WriteLine(Visible.Text($"{Kind(logEntry.LogLevel)}: {line}"));
    }

    private static string Kind(LogLevel level) => level switch
    {
        >= LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        _ => "note",
    };
}
