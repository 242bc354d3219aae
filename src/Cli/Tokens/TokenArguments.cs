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
    public static string FileOf(ParseResult arguments, ServerSettings settings) => arguments.GetResult(File) is { Tokens: [var named] } ? Path.GetFullPath(named.Value) : Path.Combine(settings.DataFolder, "tokens.json");
}
