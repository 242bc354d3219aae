using Microsoft.Extensions.Logging;

namespace Orchestrator.Grains;

/// <summary>What the control plane logs.</summary>
internal static partial class GrainLog
{
    [LoggerMessage(2, LogLevel.Information, "run {Run}, attempt {Attempt}: {Reason}")]
    public static partial void Refused(ILogger log, string run, int attempt, string reason);

    [LoggerMessage(3, LogLevel.Error, "a message was not published; the supervisor will publish it again")]
    public static partial void NotPublished(ILogger log, Exception error);

    [LoggerMessage(4, LogLevel.Information, "sweep {Sweep} ({Name}): {Runs} runs, {State}")]
    public static partial void SweepChanged(ILogger log, string sweep, string name, int runs, string state);

    [LoggerMessage(5, LogLevel.Error, "sweep {Sweep}: handing out runs failed; every tick of the supervisor tries again")]
    public static partial void PumpFailed(ILogger log, string sweep, Exception error);

    [LoggerMessage(6, LogLevel.Warning, "sweep {Sweep}: repaired run {Index}: the sweep had {Seen}, the model says {Actual}")]
    public static partial void Repaired(ILogger log, string sweep, int index, string seen, string actual);

    [LoggerMessage(8, LogLevel.Error, "sweep {Sweep}: run {Index} could not be supervised; every tick tries again")]
    public static partial void NotSupervised(ILogger log, string sweep, int index, Exception error);

    [LoggerMessage(14, LogLevel.Error, "sweep {Sweep}: run {Index} has failed, because it cannot be read: {Reason}")]
    public static partial void RunUnreadable(ILogger log, string sweep, int index, string reason);

    [LoggerMessage(9, LogLevel.Error, "run {Run}: its heartbeat was not taken; it will come again")]
    public static partial void BeatFailed(ILogger log, string run, Exception error);

    [LoggerMessage(13, LogLevel.Error, "run {Run}: its claim was not answered; it is handed out again")]
    public static partial void ClaimFailed(ILogger log, string run, Exception error);

    [LoggerMessage(EventId = 10, Message = "run {Run}, attempt {Attempt}: {What}")]
    public static partial void Moved(ILogger log, LogLevel level, string run, int attempt, string what);

    [LoggerMessage(11, LogLevel.Warning, "worker {Worker}: lines of its log were set aside: {Reason}")]
    public static partial void LinesSetAside(ILogger log, string worker, string reason);

    [LoggerMessage(7, LogLevel.Information, "worker {Worker}: {What}")]
    public static partial void Worker(ILogger log, string worker, string what);
}
