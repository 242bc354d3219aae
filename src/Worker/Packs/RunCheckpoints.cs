using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Worker.Packs;

/// <summary>A run's checkpoints in the store, from those that it was granted with to those that it keeps.</summary>
/// <param name="run">The run.</param>
/// <param name="granted">Where it can continue, newest first.</param>
/// <param name="files">The store as the run waits for it.</param>
/// <param name="artifacts">The store itself, for what need not be waited for.</param>
/// <param name="log">The worker's log.</param>
internal sealed class RunCheckpoints(RunAttempt run, IReadOnlyList<StoredCheckpoint> granted, PatientStore files, IArtifactStore artifacts, ILogger log)
{
    private readonly List<StoredCheckpoint> _stored = [.. granted];

    /// <summary>Reads those that training may continue from, up to a step, newest first. One that is missing or damaged is left out.</summary>
    public async Task<IReadOnlyList<CheckpointContent>> Read(int upto)
    {
        var read = new List<CheckpointContent>();
        foreach (var checkpoint in _stored.Where(c => c.Step <= upto).OrderByDescending(c => c.Step))
        {
            try
            {
                read.Add(new CheckpointContent(checkpoint.Step, await files.Get(checkpoint.Hash)));
            }
            catch (Exception broken) when (broken is ArtifactException or UnauthorizedAccessException)
            {
                WorkLog.BrokenCheckpoint(log, run.RunId, run.Attempt, checkpoint.Step, broken.Message);
            }
        }
        return read;
    }

    /// <summary>Stores one.</summary>
    public async Task<StoredCheckpoint> Put(int step, byte[] content) => new(step, await files.Put(content));

    /// <summary>Notes those that were reported.</summary>
    public void Add(IEnumerable<StoredCheckpoint> reported)
    {
        foreach (var checkpoint in reported)
        {
            _stored.Add(checkpoint);
            WorkLog.CheckpointStored(log, run.RunId, run.Attempt, checkpoint.Step);
        }
    }

    /// <summary>
    /// Deletes those that the run no longer keeps. Each is this run's alone: its bytes hold the run's id. One that cannot be deleted
    /// costs space and nothing else.
    /// </summary>
    public async Task Keep(IReadOnlyList<StoredCheckpoint> kept)
    {
        foreach (var hash in _stored.Select(c => c.Hash).Except(kept.Select(c => c.Hash)).ToArray())
        {
            try
            {
                await artifacts.Delete(hash);
            }
            catch (Exception error) when (error is ArtifactException or IOException or UnauthorizedAccessException)
            {
                WorkLog.LeftBehind(log, run.RunId, hash, error.Message);
            }
            _stored.RemoveAll(c => c.Hash == hash);
        }
    }
}
