using System.CommandLine;

namespace Orchestrator.Cli.Roles;

/// <summary>
/// One setting of a role of the cluster: <c>--name</c> on the command line, <c>ORCHESTRATOR_NAME</c> in the environment,
/// <c>name</c> in <c>orchestrator.json</c>, in this order.
/// </summary>
internal sealed class RoleSetting : Option<string?>
{
    public RoleSetting(string name, string help, string description, string? fallback = null) : base("--" + name)
    {
        (Key, Fallback) = (name, fallback);
        HelpName = help;
        Description = $"{description} ({Variable}{(fallback is null ? "" : $"; default {fallback}")})";
    }

    /// <summary>Its name in the file.</summary>
    public string Key { get; }

    /// <summary>Its environment variable.</summary>
    public string Variable => "ORCHESTRATOR_" + Key.Replace('-', '_').ToUpperInvariant();

    /// <summary>What holds if nobody sets it; null if it must be set or means nothing.</summary>
    public string? Fallback { get; }
}
