using System.CommandLine;
using System.CommandLine.Parsing;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Options and arguments that name a file or a folder: none may be empty, which would mean the working folder.</summary>
internal static class PathRules
{
    /// <summary>The same option, with the rule.</summary>
    public static Option<T> NamesPath<T>(this Option<T> option)
    {
        option.Validators.Add(result => Check(result, option.Name, option.HelpName));
        return option;
    }

    /// <summary>The same argument, with the rule.</summary>
    public static Argument<T> NamesPath<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result => Check(result, argument.Name, argument.Name));
        return argument;
    }

    private static void Check(SymbolResult result, string name, string? what)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
        {
            result.AddError($"{name} is empty: give {(what == name ? "a path" : what)}");
        }
    }
}
