namespace Orchestrator.Cli.CommandLine;

/// <summary>What the process says when it ends (interfaces.md).</summary>
internal static class ExitCode
{
    /// <summary>Done; a sweep with at least one completed run too.</summary>
    public const int Done = 0;
    /// <summary>The work failed; the reason is on stderr.</summary>
    public const int Failed = 1;
    /// <summary>Wrong usage or a malformed file.</summary>
    public const int Usage = 2;
    /// <summary>The server cannot be reached.</summary>
    public const int Unreachable = 3;
    /// <summary>Not allowed.</summary>
    public const int NotAllowed = 4;
    /// <summary>Interrupted by the user.</summary>
    public const int Interrupted = 130;
}

/// <summary>An expected failure: ends the process with the code; the message names the input, the rule and the fix.</summary>
internal sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
