using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Cli.Tokens;

/// <summary>Where the tokens of a server are kept.</summary>
internal static class TokenArguments
{
    /// <summary>The file.</summary>
    public static Option<string?> File { get; } = new Option<string?>("--tokens") { Description = "File of the server's tokens, which holds their hashes alone (default: tokens.json in the data folder, which dev reads)", HelpName = "FILE" }.NamesPath();

    /// <summary>The file that was named, or that of the data folder.</summary>
    public static string FileOf(ParseResult arguments, CliServices services, ServerSettings settings) =>
        Named(arguments, services) ?? Path.Combine(settings.DataFolder, "tokens.json");

    /// <summary>What guards a server: that of the data folder from when it is made, one that was named before it exists, so that a mistyped name opens no server.</summary>
    public static TokenBook Guarding(ParseResult arguments, CliServices services, ServerSettings settings) =>
        new(FileOf(arguments, services, settings), onceMade: Named(arguments, services) is null);

    private static string? Named(ParseResult arguments, CliServices services) =>
        arguments.GetValue(File) is { } named ? Path.GetFullPath(named, services.WorkingFolder) : null;
}
