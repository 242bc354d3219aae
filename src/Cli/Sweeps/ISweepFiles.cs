using System.Text.Json.Nodes;

namespace Orchestrator.Cli.Sweeps;

/// <summary>Reads sweep files.</summary>
internal interface ISweepFiles
{
    /// <summary>
    /// Reads, validates and resolves a file. A file that is missing or malformed throws <see cref="CommandLine.CliException"/> with
    /// <see cref="CommandLine.ExitCode.Usage"/> and one message that names the path in the file, the rule and the fix.
    /// </summary>
    LoadedSweep Load(string path, CancellationToken cancellation);
}

/// <summary>A sweep file, resolved.</summary>
/// <param name="Document">The document that is submitted.</param>
/// <param name="Files">Text files that it names by content.</param>
internal sealed record LoadedSweep(JsonObject Document, IReadOnlyList<LocalFile> Files);

/// <summary>A text file on this machine.</summary>
internal sealed record LocalFile(string Path, string Sha256);
