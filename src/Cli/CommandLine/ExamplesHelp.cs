using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Help that starts with examples: most people want a line to copy, then the options.</summary>
internal sealed class ExamplesHelp(HelpAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var examples = Examples(parseResult.CommandResult.Command).ToList();
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            var width = examples.Max(example => Split(example).Line.Length);
            foreach (var (line, comment) in examples.Select(Split))
            {
                output.WriteLine($"  {line.PadRight(width)}  # {comment}");
            }
            output.WriteLine();
        }
        var code = standard.Invoke(parseResult);
        foreach (var line in parseResult.CommandResult.Command is Verb verb ? verb.Details : [])
        {
            output.WriteLine(line);
        }
        return code;
    }

    // A noun shows the first example of each of its verbs; the program a path through the main ones.
    private static IEnumerable<string> Examples(Command command) => command switch
    {
        Verb verb => verb.Examples,
        Root root => root.Examples,
        _ => command.Subcommands.OfType<Verb>().Select(verb => verb.Examples[0]),
    };

    private static (string Line, string Comment) Split(string example)
    {
        var parts = example.Split('#', 2, StringSplitOptions.TrimEntries);
        return ("./orchestrator " + parts[0], parts[1]);
    }
}
