using System.CommandLine;
using System.Globalization;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Options that say which snapshots are meant: by a word, or by the step.</summary>
internal static class SnapshotRules
{
    /// <summary>The same option, with the rule.</summary>
    public static Option<T> NamesSnapshots<T>(this Option<T> option, params string[] words)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value) && !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                result.AddError($"{option.Name} {token.Value}: give {string.Join(", ", words)}, or a step such as 120");
            }
        });
        return option;
    }
}
