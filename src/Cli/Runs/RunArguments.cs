using System.CommandLine;

namespace Orchestrator.Cli.Runs;

/// <summary>Arguments of the run verbs.</summary>
internal static class RunArguments
{
    /// <summary>The id of a run.</summary>
    public static Argument<string> Id() => new("RUN") { Description = "Id of a run, or a unique prefix of it (see run list)" };
}
