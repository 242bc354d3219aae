using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.Tokens;

/// <summary>Where the tokens of a server are kept.</summary>
internal static class TokenArguments
{
    /// <summary>The file.</summary>
    public static Option<string?> File { get; } = new Option<string?>("--tokens") { Description = "File of the server's tokens, which holds their hashes alone (default: tokens.json in the data folder, which dev reads)", HelpName = "FILE" }.NamesPath();

    /// <summary>The file that was named, or that of the data folder.</summary>
    public static string FileOf(ParseResult arguments, CliServices services, ServerSettings settings) =>
        Named(arguments, services) ?? Path.Combine(settings.DataFolder, "tokens.json");

    /// <summary>The file that guards a server, or null if none does: one that was named guards it before it exists, so that a mistyped name opens no server.</summary>
    public static string? Guarding(ParseResult arguments, CliServices services, ServerSettings settings) =>
        FileOf(arguments, services, settings) is var file && (Named(arguments, services) is not null || System.IO.File.Exists(file)) ? file : null;

    private static string? Named(ParseResult arguments, CliServices services) =>
        arguments.GetValue(File) is { } named ? Path.GetFullPath(named, services.WorkingFolder) : null;
}
