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

    /// <summary>How many packs are trained at a time in this process.</summary>
    public static Option<int?> Slots()
    {
        var option = new Option<int?>("--slots") { Description = "Packs trained at a time in this process (default: one per core)", HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var slots) && slots is < 1 or > 1024)
            {
                result.AddError($"--slots {slots}: give a number from 1 to 1024");
            }
        });
        return option;
    }
}
