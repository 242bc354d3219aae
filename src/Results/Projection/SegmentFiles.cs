using System.Collections.Concurrent;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Results.Projection;

/// <summary>Segment files as paths of this machine. A file's content is checked against its name once, and again if its length or time has changed.</summary>
internal sealed class SegmentFiles(IArtifactStore artifacts) : IDisposable
{
    private readonly ConcurrentDictionary<string, Checked> _checked = new();
    private readonly Lazy<string> _copies = new(() => Directory.CreateTempSubdirectory("orchestrator-segments-").FullName);

    /// <summary>The path. Throws <see cref="ArtifactException"/> if the file is gone or damaged.</summary>
    public async Task<string> Open(SegmentFile file, CancellationToken cancellation)
    {
        if (_checked.TryGetValue(file.Hash, out var known) && Look(known.Path) == known)
        {
            return known.Path;
        }
        var path = await artifacts.Local(file.Hash, _copies.Value, cancellation);
        _checked[file.Hash] = Look(path);
        return path;
    }

    /// <summary>Removes this machine's copy of a file, if it is one.</summary>
    public void Forget(string hash)
    {
        if (_checked.TryRemove(hash, out var known) && _copies.IsValueCreated && known.Path.StartsWith(_copies.Value, StringComparison.Ordinal))
        {
            File.Delete(known.Path);
        }
    }

    public void Dispose()
    {
        if (_copies.IsValueCreated)
        {
            Directory.Delete(_copies.Value, recursive: true);
        }
    }

    private static Checked Look(string path) => new FileInfo(path) is { Exists: true } file ? new(path, file.Length, file.LastWriteTimeUtc) : new(path, -1, default);

    private sealed record Checked(string Path, long Length, DateTime Written);
}
