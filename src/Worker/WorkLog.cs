using Microsoft.Extensions.Logging;

namespace Orchestrator.Worker;

/// <summary>What a worker logs.</summary>
internal static partial class WorkLog
{
    [LoggerMessage(1, LogLevel.Information, "worker {Worker}: accepted, {Slots} {Device} slots")]
    public static partial void Welcome(ILogger log, string worker, int slots, string device);

    [LoggerMessage(2, LogLevel.Critical, "worker {Worker}: refused by the control plane: {Reason}")]
    public static partial void Unwelcome(ILogger log, string worker, string? reason);

    [LoggerMessage(3, LogLevel.Warning, "the control plane did not answer ({What}), asking again: {Reason}")]
    public static partial void NoAnswer(ILogger log, string what, string reason);

    [LoggerMessage(17, LogLevel.Warning, "worker {Worker}: {What} was not acknowledged, what it held goes on elsewhere when its leases end: {Reason}")]
    public static partial void NotInOrder(ILogger log, string worker, string what, string reason);

    [LoggerMessage(4, LogLevel.Information, "run {Run}, attempt {Attempt}: stopped: {Reason}")]
    public static partial void Stopped(ILogger log, string run, int attempt, string reason);

    [LoggerMessage(5, LogLevel.Information, "run {Run}, attempt {Attempt}: not granted: {Reason}")]
    public static partial void NotGranted(ILogger log, string run, int attempt, string reason);

    [LoggerMessage(6, LogLevel.Warning, "run {Run}, attempt {Attempt}: the checkpoint of step {Step} cannot be used, trying the one before: {Reason}")]
    public static partial void BrokenCheckpoint(ILogger log, string run, int attempt, int step, string reason);

    [LoggerMessage(7, LogLevel.Error, "pack {Pack}: the runner failed")]
    public static partial void PackFailed(ILogger log, string pack, Exception error);

    [LoggerMessage(20, LogLevel.Information, "run {Run}, attempt {Attempt}: trains on {Device}, CPU kernels {Kernels}, threads {Threads}, pack of {Members}, {How}")]
    public static partial void Trains(ILogger log, string run, int attempt, string device, string kernels, int threads, int members, string how);

    [LoggerMessage(21, LogLevel.Error, "the CPU kernels of this process are not known: {Reason}")]
    public static partial void NoKernels(ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Information, "run {Run}, attempt {Attempt}: continues from step {Step}")]
    public static partial void Continues(ILogger log, string run, int attempt, int step);

    [LoggerMessage(14, LogLevel.Warning, "run {Run}: checkpoint {Hash} is no longer needed and could not be deleted: {Reason}")]
    public static partial void LeftBehind(ILogger log, string run, string hash, string reason);

    [LoggerMessage(10, LogLevel.Debug, "run {Run}, attempt {Attempt}: claimed on {Device}, in pack {Pack} of {Runs}; {Stored} snapshots are stored")]
    public static partial void Claimed(ILogger log, string run, int attempt, string device, string pack, int runs, int stored);

    [LoggerMessage(11, LogLevel.Debug, "run {Run}, attempt {Attempt}: snapshot of step {Step} {What}")]
    public static partial void Snapshot(ILogger log, string run, int attempt, int step, string what);

    [LoggerMessage(12, LogLevel.Debug, "run {Run}, attempt {Attempt}: checkpoint of step {Step} stored")]
    public static partial void CheckpointStored(ILogger log, string run, int attempt, int step);

    [LoggerMessage(13, LogLevel.Warning, "run {Run}, attempt {Attempt}: a report was not answered, asking again: {Reason}")]
    public static partial void ReportNotAnswered(ILogger log, string run, int attempt, string reason);

    [LoggerMessage(18, LogLevel.Warning, "run {Run}, attempt {Attempt}: storing and telling it again: {Reason}")]
    public static partial void NotSeen(ILogger log, string run, int attempt, string? reason);

    [LoggerMessage(19, LogLevel.Error, "run {Run}, attempt {Attempt}: pack {Pack} holds another configuration, the one of {Other}: not trained")]
    public static partial void Forged(ILogger log, string run, int attempt, string pack, string other);

    [LoggerMessage(15, LogLevel.Warning, "run {Run}, attempt {Attempt}: the artifact store {What}, waiting for it: {Reason}")]
    public static partial void StoreAway(ILogger log, string run, int attempt, string what, string reason);

    [LoggerMessage(16, LogLevel.Information, "run {Run}, attempt {Attempt}: the artifact store is back after {Seconds:0} s")]
    public static partial void StoreBack(ILogger log, string run, int attempt, double seconds);

    [LoggerMessage(22, LogLevel.Warning, "pack {Pack}: {Models} models at once do not fit on {Device}, going on with {Half}: {Reason}")]
    public static partial void DoesNotFit(ILogger log, string pack, int models, string device, int half, string reason);

    [LoggerMessage(8, LogLevel.Information, "run {Run}, attempt {Attempt}: {Outcome} at step {Step}{Reason}")]
    public static partial void Ended(ILogger log, string run, int attempt, string outcome, int step, string reason);
}
