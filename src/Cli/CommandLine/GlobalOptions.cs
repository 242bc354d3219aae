using System.CommandLine;
using Orchestrator.Cli.Hosting;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Options that every verb knows.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Server { get; } = new("--server")
    {
        Description = "Address of the server (ORCHESTRATOR_URL; default http://127.0.0.1:5080)",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<string?> Token { get; } = new("--token")
    {
        Description = "Token for the server (ORCHESTRATOR_TOKEN)",
        HelpName = "TOKEN",
        Recursive = true,
    };

    public static Option<string?> Data { get; } = new("--data")
    {
        Description = "Folder for what runs in this process (ORCHESTRATOR_DATA; default .orchestrator)",
        HelpName = "DIR",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document on stdout and nothing else there",
        Recursive = true,
    };

    /// <summary>What the options and the environment say about where the work is done.</summary>
    public static ServerSettings ReadServer(this ParseResult arguments, CliServices services)
    {
        var folder = Given(arguments, Data, "ORCHESTRATOR_DATA", services);
        return new ServerSettings
        {
            Explicit = Given(arguments, Server, "ORCHESTRATOR_URL", services) is { } url ? ParseUrl(url) : null,
            Token = Given(arguments, Token, "ORCHESTRATOR_TOKEN", services),
            DataFolder = Path.GetFullPath(folder ?? ".orchestrator", services.WorkingFolder),
            DataFolderIsNamed = folder is not null,
            DataArgument = arguments.GetValue(Data),
        };
    }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public static bool WantsJson(this ParseResult arguments) => arguments.GetValue(Json);

    private static string? Given(ParseResult arguments, Option<string?> option, string variable, CliServices services) =>
        arguments.GetValue(option) ?? (services.Environment(variable) is { Length: > 0 } value ? value : null);

    private static Uri ParseUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"
            ? parsed
            : throw new CliException(ExitCode.Usage, $"'{url}' is not the address of a server: give --server (or ORCHESTRATOR_URL) as http://HOST:PORT");
}
