using System.Security.Cryptography;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.States;

/// <summary>Sends a state of its own through the queue that grains write by. One at a time: whoever asks while one is under way gets its result.</summary>
internal sealed class WriteHealth(Database database, GroupCommitGrainStorage states) : IDatabaseHealth
{
    private readonly StateKey _key = new("health", Guid.NewGuid().ToString("n"), "check");
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;

    public Task Check(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _running = _running.IsCompleted ? Run() : _running;
            return _running.WaitAsync(cancellation);
        }
    }

    private async Task Run()
    {
        await database.Look(CancellationToken.None);
        if (database.IsReadOnly)
        {
            return;
        }
        var (version, payload) = (GroupCommitGrainStorage.FirstVersion(), RandomNumberGenerator.GetBytes(16));
        if (await states.Read(_key) is { } left) // the check before this one did not come to its end
        {
            await states.TryWrite(new StateWrite(_key, left.Version, 0, null, null));
        }
        await states.TryWrite(new StateWrite(_key, null, version, payload, null));
        var stored = await states.Read(_key);
        if (stored?.Version != version || !payload.AsSpan().SequenceEqual(stored.Payload))
        {
            throw new StorageException("what this process writes to the database does not come back from it");
        }
        await states.TryWrite(new StateWrite(_key, version, 0, null, null));
    }
}
