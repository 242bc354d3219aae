using System.Text.RegularExpressions;

namespace Orchestrator.Deploy.Tests;

/// <summary>What a role of the program takes, as its own <c>--help</c> says.</summary>
internal sealed partial record Role(string Verb, IReadOnlySet<string> Options, IReadOnlySet<string> Variables)
{
    private static readonly Dictionary<string, Task<Role>> Asked = [];

    /// <summary>Asks the built program, once for each verb.</summary>
    public static Task<Role> Named(string verb)
    {
        lock (Asked)
        {
            return Asked.TryGetValue(verb, out var known) ? known : Asked[verb] = Ask(verb);
        }
    }

    /// <summary>Fails where a command line is not one of this role.</summary>
    public static async Task Accepts(string where, IReadOnlyList<string> commandLine)
    {
        Assert.True(commandLine is ["silo" or "worker", ..], $"{where}: '{string.Join(' ', commandLine)}' names no role");
        var role = await Named(commandLine[0]);
        foreach (var option in commandLine.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]))
        {
            Assert.True(role.Options.Contains(option), $"{where}: '{role.Verb}' has no option {option}");
        }
    }

    /// <summary>The names of settings in a text.</summary>
    public static IReadOnlyList<string> SettingsIn(string text) => [.. Setting().Matches(text).Select(match => match.Value).Distinct()];

    private static async Task<Role> Ask(string verb)
    {
        using var folder = new TestFolder();
        var help = await CommandLine.Run(folder, verb, "--help");
        Assert.True(help.ExitCode == 0, help.Error);
        return new(verb, Option().Matches(help.Output).Select(match => match.Value).ToHashSet(), SettingsIn(help.Output).ToHashSet());
    }

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"\bORCHESTRATOR_[A-Z][A-Z_]*\b")]
    private static partial Regex Setting();
}
