using System.Runtime.InteropServices;

namespace Orchestrator.Storage.Artifacts;

/// <summary>
/// Immutable files named by their content: lower-case hexadecimal SHA-256. A file shows when it is whole, or never: what was cut
/// off while it was stored leaves nothing. Names that are not such a hash are refused, so that no path can be smuggled in.
/// </summary>
public interface IArtifactStore
{
    /// <summary>
    /// Stores all that a stream holds, which it must be possible to read twice, and returns its name. Storing it again changes nothing,
    /// but mends a damaged one.
    /// </summary>
    Task<string> Put(Stream content, CancellationToken cancellation = default);

    /// <summary>The content. Throws <see cref="ArtifactException"/> if there is none or if it does not match its name.</summary>
    Task<byte[]> Get(string hash, CancellationToken cancellation = default);

    /// <summary>
    /// A file of this machine that holds the content, for readers that want a path: the store's own, or a copy under <paramref name="copies"/>. Throws as
    /// <see cref="Get"/> does. It may go when the artifact is deleted.
    /// </summary>
    Task<string> Local(string hash, string copies, CancellationToken cancellation = default);

    /// <summary>Whether there is such a file.</summary>
    Task<bool> Exists(string hash, CancellationToken cancellation = default);

    /// <summary>Removes the file; does nothing if there is none.</summary>
    Task Delete(string hash, CancellationToken cancellation = default);
}

/// <summary>What is done alike to every store.</summary>
public static class ArtifactStores
{
    private const int Looks = 4;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    /// <summary>Stores bytes, as <see cref="IArtifactStore.Put"/> does.</summary>
    public static async Task<string> Put(this IArtifactStore store, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var stream = MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        return await store.Put(stream, cancellation);
    }

    /// <summary>Stores, reads and deletes a small artifact of its own. Throws what the store throws if it cannot be used.</summary>
    public static async Task Try(this IArtifactStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        var hash = await store.Put(Guid.NewGuid().ToByteArray(), cancellation); // no other process deletes it in between
        await store.Get(hash, cancellation);
        await store.Delete(hash, cancellation);
    }

    /// <summary>
    /// Which of some artifacts another process has stored, but this one does not see, after a few looks: what a shared folder of
    /// another machine holds can show late.
    /// </summary>
    public static async Task<IReadOnlyList<string>> Unseen(this IArtifactStore store, IEnumerable<string> hashes, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hashes);
        string[] unseen = [.. hashes.Distinct()];
        for (var look = 1; unseen.Length > 0; look++)
        {
            var seen = await Task.WhenAll(unseen.Select(hash => store.Exists(hash, cancellation)));
            unseen = [.. unseen.Where((_, i) => !seen[i])];
            if (unseen.Length == 0 || look == Looks)
            {
                break;
            }
            await Task.Delay(BetweenLooks, time, cancellation);
        }
        return unseen;
    }
}

/// <summary>An artifact is missing, torn or misnamed, or the store cannot be used. The message names it, what was wrong and, if there is one, the remedy.</summary>
public sealed class ArtifactException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it was the store that failed, not the file: asked later, it may do the same.</summary>
    public bool MayPass { get; init; }
}
