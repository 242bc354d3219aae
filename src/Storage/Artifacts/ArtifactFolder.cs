using Orchestrator.Platform;

namespace Orchestrator.Storage.Artifacts;

/// <summary>
/// Artifacts as files: <c>ab/cd/abcd…</c> under a folder that any number of processes share. A file is complete and on the disk
/// before it gets its name, and its content is checked whenever it is read.
/// </summary>
public sealed class ArtifactFolder : IArtifactStore
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly Lazy<string> _incoming;
    private readonly Func<string, Stream> _create;
    private readonly FolderFlush _names;
    private readonly DiskThreads _disk = new();

    /// <summary>A folder. Who stores something first creates it, and removes what processes that died left unfinished more than a day ago.</summary>
    public ArtifactFolder(string path, TimeProvider? time = null)
        : this(path, time ?? TimeProvider.System, file => new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
    {
    }

    internal ArtifactFolder(string path, TimeProvider time, Func<string, Stream> create)
    {
        _root = Path.GetFullPath(path);
        _create = create;
        _names = new FolderFlush(_root);
        _incoming = new(() => Incoming(time), LazyThreadSafetyMode.PublicationOnly); // a failure is not kept
    }

    /// <inheritdoc/>
    public Task<string> Put(Stream content, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return _disk.Run(() =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Put(content);
        });
    }

    private string Put(Stream content)
    {
        var hash = ArtifactName.Of(content);
        var target = PathOf(hash);
        if (Holds(target, hash, content.Length))
        {
            _names.Flush(Path.GetDirectoryName(target)!); // whoever stored it may not have come so far
            return hash;
        }
        var temporary = Path.Combine(_incoming.Value, Guid.NewGuid().ToString("N"));
        try
        {
            Write(temporary, content);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(temporary, target, overwrite: true);   // over a damaged file too: storing it again mends it
            _names.Flush(Path.GetDirectoryName(target)!);
            return hash;
        }
        catch (IOException wrong)
        {
            File.Delete(temporary);
            throw NotStored($"artifact {hash} ({content.Length:N0} bytes)", wrong);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> Get(string hash, CancellationToken cancellation = default)
    {
        var content = await Read(hash, path => File.ReadAllBytesAsync(path, cancellation));
        return ArtifactName.Checked(hash, content, $"in '{_root}'");
    }

    /// <inheritdoc/>
    public async Task<string> Local(string hash, string copies, CancellationToken cancellation = default)
    {
        var path = PathOf(hash);
        var (found, length) = await Read(hash, async _ =>
        {
            await using var content = File.OpenRead(path);
            return (await ArtifactName.Of(content, cancellation), content.Length);
        });
        ArtifactName.Check(hash, found, length, $"in '{_root}'");
        return path;
    }

    private async Task<T> Read<T>(string hash, Func<string, Task<T>> read)
    {
        try
        {
            return await read(PathOf(hash));
        }
        catch (Exception wrong) when (wrong is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArtifactException($"artifact {hash} is not in '{_root}'", wrong);
        }
        catch (IOException wrong)
        {
            throw new ArtifactException($"artifact {hash} in '{_root}' cannot be read: {wrong.Message}", wrong) { MayPass = true };
        }
    }

    /// <inheritdoc/>
    public Task<bool> Exists(string hash, CancellationToken cancellation = default) => Task.FromResult(File.Exists(PathOf(hash)));

    /// <inheritdoc/>
    public Task Delete(string hash, CancellationToken cancellation = default)
    {
        var path = PathOf(hash);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
        return Task.CompletedTask;
    }

    private string Incoming(TimeProvider time)
    {
        var folder = Path.Combine(_root, "incoming");
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                if (time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > Abandoned)
                {
                    File.Delete(file);
                }
            }
            return folder;
        }
        catch (IOException wrong)
        {
            throw NotStored("an artifact", wrong);
        }
    }

    private ArtifactException NotStored(string what, IOException wrong) => new(IPlatform.Current.IsDiskFull(wrong)
        ? $"{what} was not stored: the disk that holds '{_root}' is full: {wrong.Message}; make room or point the artifact store elsewhere"
        : $"{what} was not stored in '{_root}': {wrong.Message}", wrong)
    { MayPass = true };

    private void Write(string path, Stream content)
    {
        using var file = _create(path);
        content.CopyTo(file);
        if (file is FileStream onDisk)
        {
            onDisk.Flush(flushToDisk: true);
        }
    }

    private static bool Holds(string path, string hash, long length)
    {
        if (new FileInfo(path) is not { Exists: true } file || file.Length != length)
        {
            return false;
        }
        using var content = file.OpenRead();
        return ArtifactName.Of(content) == hash;
    }

    private string PathOf(string hash) => Path.Combine(_root, ArtifactName.PathOf(hash));
}
