using System.CommandLine;
using Orchestrator.Cli.CommandLine;

namespace Orchestrator.Cli.Sweeps;

/// <summary>Arguments that several verbs take.</summary>
internal static class SweepArguments
{
    /// <summary>The id of a sweep.</summary>
    public static Argument<string> Id() => new("SWEEP") { Description = "Id of a sweep, a unique prefix of it, its name, or last" };

    /// <summary>A sweep file.</summary>
    public static Argument<string> File() => new Argument<string>("FILE") { Description = "Sweep file (YAML or JSON)" }.NamesPath();
}
