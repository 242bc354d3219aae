namespace Orchestrator.Cli.Hosting;

/// <summary>Where the work is done, as far as the user said.</summary>
internal sealed record ServerSettings
{
    /// <summary>The server that was named; then no other one is tried.</summary>
    public required Uri? Explicit { get; init; }
    /// <summary>Sent to the server, or null.</summary>
    public required string? Token { get; init; }
    /// <summary>Full path of the data folder.</summary>
    public required string DataFolder { get; init; }
    /// <summary>Whether the user named the data folder. Then it goes before the server at the default address, which nobody named.</summary>
    public required bool DataFolderIsNamed { get; init; }
    /// <summary>The folder as it was given on the command line, for commands that continue.</summary>
    public required string? DataArgument { get; init; }
}
