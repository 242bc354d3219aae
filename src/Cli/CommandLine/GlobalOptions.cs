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
        Description = "Token for the server (ORCHESTRATOR_TOKEN); every user of this machine can read it in the list of processes, so better --token-file",
        HelpName = "TOKEN",
        Recursive = true,
    };

    public static Option<string?> TokenInFile { get; } = new("--token-file")
    {
        Description = "File that holds the token for the server (ORCHESTRATOR_TOKEN_FILE)",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<string?> Data { get; } = new Option<string?>("--data")
    {
        Description = "Folder for what runs in this process (ORCHESTRATOR_DATA; default .orchestrator)",
        HelpName = "DIR",
        Recursive = true,
    }.NamesPath();

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document on stdout and nothing else there",
        Recursive = true,
    };

    /// <summary>What the options and the environment say about where the work is done.</summary>
    public static ServerSettings ReadServer(this ParseResult arguments, CliServices services)
    {
        var folder = arguments.GetValue(Data) ?? FolderVariable(services);
        return new ServerSettings
        {
            Explicit = Given(arguments, Server, "ORCHESTRATOR_URL", services) is { } url ? ParseUrl(url) : null,
            Token = ReadToken(arguments, services),
            DataFolder = Path.GetFullPath(folder ?? ".orchestrator", services.WorkingFolder),
            DataFolderIsNamed = folder is not null,
            DataArgument = arguments.GetValue(Data),
        };
    }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public static bool WantsJson(this ParseResult arguments) => arguments.GetValue(Json);

    private static string? Given(ParseResult arguments, Option<string?> option, string variable, CliServices services) =>
        arguments.GetValue(option) ?? Variable(variable, services);

    /// <summary>What the command line says goes before what the environment says; the token itself and a file that holds it are one or the other.</summary>
    private static string? ReadToken(ParseResult arguments, CliServices services)
    {
        var (token, file) = (arguments.GetValue(Token), arguments.GetValue(TokenInFile));
        if (token is null && file is null)
        {
            (token, file) = (Variable("ORCHESTRATOR_TOKEN", services), Variable("ORCHESTRATOR_TOKEN_FILE", services));
        }
        return (token, file) switch
        {
            (not null, not null) => throw new CliException(ExitCode.Usage, "a token and a file with a token were given: give one of the two"),
            (null, not null) => TokenFile.Read(file, services),
            _ => token,
        };
    }

    /// <summary>A variable that is set and empty would mean the working folder, or a default that nobody asked for.</summary>
    private static string? FolderVariable(CliServices services) => services.Environment("ORCHESTRATOR_DATA") is { } folder && string.IsNullOrWhiteSpace(folder)
        ? throw new CliException(ExitCode.Usage, "ORCHESTRATOR_DATA is set and empty: set it to a folder, or unset it")
        : services.Environment("ORCHESTRATOR_DATA");

    private static string? Variable(string name, CliServices services) => services.Environment(name) is { Length: > 0 } value ? value : null;

    // An address with '@' is not repeated: it may hold a password.
    private static Uri ParseUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed is { Scheme: "http" or "https", UserInfo: "" }
            ? parsed
            : throw new CliException(
                ExitCode.Usage,
                $"{(url.Contains('@', StringComparison.Ordinal) ? "what was given" : $"'{url}'")} is not the address of a server: give --server (or ORCHESTRATOR_URL) as http://HOST:PORT, and a token with --token-file");
}
