namespace Orchestrator.Storage.Artifacts;

/// <summary>
/// Immutable files named by their content: lower-case hexadecimal SHA-256. A file is written under a temporary name and renamed,
/// so that a torn one never shows. Names that are not such a hash are refused, so that no path can be smuggled in.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Stores the content and returns its name. Storing it again is free.</summary>
    Task<string> Put(ReadOnlyMemory<byte> content, CancellationToken cancellation = default);

    /// <summary>The content. Throws <see cref="ArtifactException"/> where there is none or where it does not match its name.</summary>
    Task<byte[]> Get(string hash, CancellationToken cancellation = default);

    /// <summary>Whether there is such a file.</summary>
    Task<bool> Exists(string hash, CancellationToken cancellation = default);

    /// <summary>Removes the file; does nothing where there is none.</summary>
    Task Delete(string hash, CancellationToken cancellation = default);
}

/// <summary>An artifact is missing, torn or misnamed. The message names the hash and what was wrong.</summary>
public sealed class ArtifactException(string message, Exception? inner = null) : Exception(message, inner);
