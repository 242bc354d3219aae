using Orchestrator.Storage.Backends;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Documents;

/// <summary>Shared documents beside the states of grains, whose versions decide who is first.</summary>
internal sealed class SharedDocuments(GroupCommitGrainStorage states) : ISharedDocuments
{
    private const string Name = "document";

    public async Task<IReadOnlyList<SharedDocument?>> Read(string kind, IReadOnlyList<string> keys) =>
        [.. (await Task.WhenAll(keys.Select(key => states.Read(new StateKey(kind, key, Name))))).Select(stored => stored is null ? null : new SharedDocument(stored.Version, stored.Payload))];

    public Task<bool> Replace(string kind, string key, SharedDocument? read, byte[] content) =>
        states.TryWrite(new StateWrite(new StateKey(kind, key, Name), read?.Version, read is null ? GroupCommitGrainStorage.FirstVersion() : read.Version + 1, content, null));
}
