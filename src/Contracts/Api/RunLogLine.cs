namespace Orchestrator.Contracts.Api;

/// <summary>How severe a line of a log is.</summary>
public enum LogSeverity
{
    /// <summary>A step on the way: handed out, claimed, a snapshot or a checkpoint stored.</summary>
    Debug,
    /// <summary>Something worth knowing: an end, a refusal, a continuation.</summary>
    Information,
    /// <summary>Something went wrong and is mended or tried again.</summary>
    Warning,
    /// <summary>Something went wrong and stays so.</summary>
    Error,
    /// <summary>The process cannot go on.</summary>
    Critical,
}

/// <summary>One line of a run's log (<c>run logs</c>).</summary>
/// <param name="At">When it was written, by the clock of the process that wrote it.</param>
/// <param name="Attempt">The attempt that it is about, or null.</param>
/// <param name="Source">A worker id, or <c>control plane</c>.</param>
/// <param name="Level">Its severity.</param>
/// <param name="Line">The text.</param>
public sealed record RunLogLine(DateTimeOffset At, int? Attempt, string Source, LogSeverity Level, string Line);
