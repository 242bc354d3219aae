using Orchestrator.Contracts.Api;

namespace Orchestrator.Contracts.Work;

/// <summary>One line of a run's log on its way to the store.</summary>
/// <param name="RunId">The run that the line is about.</param>
/// <param name="Attempt">The attempt that it is about, or null.</param>
/// <param name="At">When it was written, by the clock of the process that wrote it.</param>
/// <param name="Source">Who wrote it: a worker id, or <see cref="ControlPlane"/>.</param>
/// <param name="Number">Counts the lines of one process, so that a line sent twice is stored once.</param>
/// <param name="Level">Its severity.</param>
/// <param name="Line">The text: one line of at most <see cref="MostBytes"/> in UTF-8, without control characters.</param>
public sealed record RunLogEntry(string RunId, int? Attempt, DateTimeOffset At, string Source, int Number, LogSeverity Level, string Line)
{
    /// <summary>The source of what silos write.</summary>
    public const string ControlPlane = "control plane";

    /// <summary>Most bytes of a line.</summary>
    public const int MostBytes = 2048;
}

/// <summary>Lines that a worker wrote about runs. Sent best effort: they may be lost, and nothing waits for them.</summary>
/// <param name="WorkerId">Who speaks; what is stored names it as the source, whatever the lines say.</param>
/// <param name="Lines">At most <see cref="MostLines"/> and together about <see cref="MostBytes"/>.</param>
public sealed record WorkerLog(string WorkerId, IReadOnlyList<RunLogEntry> Lines)
{
    /// <summary>Most lines of a message.</summary>
    public const int MostLines = 200;

    /// <summary>Bytes of text after which a message takes no further line.</summary>
    public const int MostBytes = 32 * 1024;
}
