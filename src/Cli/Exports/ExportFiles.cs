using System.Security.Cryptography;
using Orchestrator.Cli.CommandLine;

namespace Orchestrator.Cli.Exports;

/// <summary>
/// Files of an export in a folder. A file gets its name when it is complete; one that is there is kept if it has the right content, and no file with other
/// content is ever replaced, so that an export that was cut off goes on where it stopped.
/// </summary>
internal sealed class ExportFiles(string path)
{
    /// <summary>What the name of a file ends with until it is complete.</summary>
    public const string Unfinished = ".partial";

    /// <summary>Files that were written.</summary>
    public List<string> Written { get; } = [];

    /// <summary>Files that were there.</summary>
    public List<string> Kept { get; } = [];

    /// <summary>Where a file stands.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>Whether the file is there with this content; refuses one with other content.</summary>
    public async Task<bool> Has(string name, string sha256, CancellationToken cancellation)
    {
        if (!File.Exists(PathOf(name)))
        {
            return false;
        }
        var found = await HashOf(name, cancellation);
        return found == sha256 ? true : throw Refused($"holds '{name}' with other content (SHA-256 {found}, not {sha256}): move that file away, or name another folder");
    }

    /// <summary>SHA-256 of a file that is there.</summary>
    public async Task<string> HashOf(string name, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(PathOf(name));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
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

    /// <summary>Writes a file whatever is there.</summary>
    public async Task Replace(string name, Func<Stream, Task> write)
    {
        var temporary = PathOf(name + Unfinished);
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
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

    /// <summary>Why this folder will not do.</summary>
    public CliException Refused(string why) => new(ExitCode.Usage, $"--out {path} {why}");

    /// <summary>SHA-256 of content that is in memory.</summary>
    public static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Writes content that is in memory.</summary>
    public static Func<Stream, Task> Bytes(byte[] content, CancellationToken cancellation) => stream => stream.WriteAsync(content, cancellation).AsTask();
}
