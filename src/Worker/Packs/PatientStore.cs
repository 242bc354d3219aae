using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Worker.Packs;

/// <summary>
/// The artifact store as one run sees it. What the store cannot do now (its disk is full, its server is away) is asked again with
/// growing pauses, and told once in the run's log; what is missing or damaged is not asked again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="run">Whose log it tells.</param>
/// <param name="patience">How long one request is tried again.</param>
/// <param name="over">Ends when the run is no longer this worker's: nothing is waited for then, either.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where an outage is told.</param>
/// <param name="draining">Set when the worker was told to stop: nothing is waited for then.</param>
internal sealed class PatientStore(
    IArtifactStore store, RunAttempt run, TimeSpan patience, Task over, TimeProvider time, ILogger log, CancellationToken draining)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>Stores a file, which stays in memory meanwhile; its name.</summary>
    /// <exception cref="StoreAwayException">The store did not take it.</exception>
    public Task<string> Put(byte[] content) =>
        Ask("takes no file", () => store.Put(content), error => error is ArtifactException or IOException or UnauthorizedAccessException);

    /// <summary>Reads a file.</summary>
    /// <exception cref="ArtifactException">It is missing or damaged, or the run is over.</exception>
    /// <exception cref="StoreAwayException">The store did not give it.</exception>
    public Task<byte[]> Get(string hash) => Ask("gives no file", () => store.Get(hash), error => error is ArtifactException { MayPass: true });

    private async Task<T> Ask<T>(string what, Func<Task<T>> request, Func<Exception, bool> mayPass)
    {
        long? away = null;
        for (var pause = Shortest; ; pause = pause * 2 < Longest ? pause * 2 : Longest)
        {
            try
            {
                var answer = await request();
                if (away is { } since)
                {
                    WorkLog.StoreBack(log, run.RunId, run.Attempt, time.GetElapsedTime(since).TotalSeconds);
                }
                return answer;
            }
            catch (Exception error) when (mayPass(error) && !over.IsCompleted)
            {
                var waited = away is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
                if (draining.IsCancellationRequested)
                {
                    throw new StoreAwayException($"the worker was told to stop while the artifact store {what}: {error.Message}", RunOutcome.Released, error);
                }
                if (waited >= patience)
                {
                    throw new StoreAwayException(
                        string.Create(CultureInfo.InvariantCulture, $"the artifact store {what} for {waited.TotalSeconds:0} s: {error.Message}"), RunOutcome.Faulted, error);
                }
                if (away is null)
                {
                    away = time.GetTimestamp();
                    WorkLog.StoreAway(log, run.RunId, run.Attempt, what, error.Message);
                }
                await Task.WhenAny(Task.Delay(pause < patience - waited ? pause : patience - waited, time, draining), over);
            }
        }
    }
}

/// <summary>The artifact store failed for longer than is waited for it.</summary>
/// <param name="message">How.</param>
/// <param name="outcome">What it means for the attempt.</param>
/// <param name="inner">What the store said last, if it was the worker that asked.</param>
internal sealed class StoreAwayException(string message, RunOutcome outcome, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Faulted if the patience is over, released if the worker was told to stop.</summary>
    public RunOutcome Outcome => outcome;
}
