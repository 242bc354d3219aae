using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Exports;

/// <summary>The folder of an export, whose manifest comes last: a folder without it is unfinished.</summary>
/// <typeparam name="T">What the manifest says.</typeparam>
/// <param name="path">The folder.</param>
/// <param name="manifest">The manifest's name.</param>
internal sealed class ExportFolder<T>(string path, string manifest) where T : class
{
    /// <summary>The files.</summary>
    public ExportFiles Files { get; } = new(path);

    /// <summary>What an export that ended here says, or null. Refuses a folder that holds something else than an export of the same thing.</summary>
    /// <param name="what">What is exported, such as <c>run a1b2</c>.</param>
    /// <param name="describe">What a manifest says that it is of, in the same words.</param>
    /// <param name="isPart">Whether an entry of the folder belongs to such an export.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<T?> Open(string what, Func<T, string> describe, Predicate<string> isPart, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            throw Files.Refused("is a file: name a folder");
        }
        Directory.CreateDirectory(path);
        if (await Read(cancellation) is { } before)
        {
            return describe(before) == what ? before : throw Files.Refused($"holds an export of {describe(before)}: name another folder");
        }
        var foreign = Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).FirstOrDefault(name => !isPart(name) && !name.EndsWith(ExportFiles.Unfinished, StringComparison.Ordinal));
        return foreign is null ? null : throw Files.Refused($"holds '{foreign}', which is no part of this export: name a new or an empty folder");
    }

    /// <summary>From here on the manifest of what was there is wrong, and so is gone: the folder is unfinished until <see cref="Finish"/>.</summary>
    public void Begin() => File.Delete(Files.PathOf(manifest));

    /// <summary>Says what the folder holds; the last thing that is written.</summary>
    public Task Finish(T export, CancellationToken cancellation) =>
        Files.Replace(manifest, stream => JsonSerializer.SerializeAsync(stream, export, Json.Indented, cancellation));

    private async Task<T?> Read(CancellationToken cancellation)
    {
        if (!File.Exists(Files.PathOf(manifest)))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<T>(await File.ReadAllBytesAsync(Files.PathOf(manifest), cancellation), Json.Options)
                ?? throw Files.Refused($"holds a {manifest} that is null: name another folder");
        }
        catch (JsonException)
        {
            throw Files.Refused($"holds a {manifest} that is no export's: name another folder");
        }
    }
}
