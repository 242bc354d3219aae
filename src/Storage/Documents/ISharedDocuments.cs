namespace Orchestrator.Storage.Documents;

/// <summary>Documents that belong to no grain and that any process may replace: who replaces one must have read the one that is there.</summary>
public interface ISharedDocuments
{
    /// <summary>The documents of a kind by key; of one that was never written there is none.</summary>
    Task<IReadOnlyList<SharedDocument?>> Read(string kind, IReadOnlyList<string> keys);

    /// <summary>Writes a document in the place of the one that was read, or where none was; false, and nothing is written, if another process was first.</summary>
    Task<bool> Replace(string kind, string key, SharedDocument? read, byte[] content);
}

/// <summary>A document as it was read.</summary>
/// <param name="Version">Which one; it means nothing but that another has another.</param>
/// <param name="Content">Its bytes.</param>
public sealed record SharedDocument(long Version, byte[] Content);
