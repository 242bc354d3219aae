using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Exports;

/// <summary>
/// The folder of one run's export. A file gets its name when it is complete, and <c>run.json</c> comes last: a folder without it
/// is unfinished. A file that is there is kept if it has the right content; no file with other content is ever replaced.
/// </summary>
internal sealed class ExportFolder(string path)
{
    private const string Manifest = "run.json";
    private const string Unfinished = ".partial";

    /// <summary>Files that were written.</summary>
    public List<string> Written { get; } = [];

    /// <summary>Files that were there.</summary>
    public List<string> Kept { get; } = [];

    /// <summary>What an export that ended here says, or null. Refuses a folder that holds something else than an export of this run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="names">The files that this export consists of.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ExportedRun?> Open(string run, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            throw Refused("is a file: name a folder");
        }
        Directory.CreateDirectory(path);
        if (await Read(cancellation) is { } before)
        {
            return before.Id == run ? before : throw Refused($"holds an export of run {before.Id}: name another folder");
        }
        var foreign = Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).FirstOrDefault(name => !names.Contains(name) && !name!.EndsWith(Unfinished, StringComparison.Ordinal));
        return foreign is null ? null : throw Refused($"holds '{foreign}', which is no part of this export: name a new or an empty folder");
    }

    /// <summary>Whether the file is there with this content; refuses one with other content.</summary>
    public async Task<bool> Has(string name, string sha256, CancellationToken cancellation)
    {
        if (!File.Exists(PathOf(name)))
        {
            return false;
        }
        await using var file = File.OpenRead(PathOf(name));
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        return found == sha256 ? true : throw Refused($"holds '{name}' with other content (SHA-256 {found}, not {sha256}): move that file away, or name another folder");
    }

    /// <summary>Writes a file that is not there yet.</summary>
    public async Task Write(string name, string sha256, Func<Stream, Task> write, CancellationToken cancellation)
    {
        if (await Has(name, sha256, cancellation))
        {
            Kept.Add(name);
            return;
        }
        await Replace(name, write);
        Written.Add(name);
    }

    /// <summary>Says what the folder holds; the last thing that is written.</summary>
    public Task Finish(ExportedRun run, CancellationToken cancellation) =>
        Replace(Manifest, stream => JsonSerializer.SerializeAsync(stream, run, Json.Indented, cancellation));

    private async Task Replace(string name, Func<Stream, Task> write)
    {
        var temporary = PathOf(name + Unfinished);
        try
        {
            await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, PathOf(name), overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private async Task<ExportedRun?> Read(CancellationToken cancellation)
    {
        if (!File.Exists(PathOf(Manifest)))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<ExportedRun>(await File.ReadAllBytesAsync(PathOf(Manifest), cancellation), Json.Options)
                ?? throw Refused($"holds a {Manifest} that is null: name another folder");
        }
        catch (JsonException)
        {
            throw Refused($"holds a {Manifest} that is no export's: name another folder");
        }
    }

    private string PathOf(string name) => Path.Combine(path, name);

    private CliException Refused(string why) => new(ExitCode.Usage, $"--out {path} {why}");
}
