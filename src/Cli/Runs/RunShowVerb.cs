using System.CommandLine;
using Orchestrator.Cli.CommandLine;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run show</c>: one run with its attempts.</summary>
internal sealed class RunShowVerb : Verb
{
    private readonly Argument<string> _run = RunArguments.Id();

    public RunShowVerb(CliServices services) : base(
        services, "show", "Shows one run: state, attempts, configuration",
        "run show a1b2c3 # by the first characters of its id",
        "run show a1b2c3 --json # the same as one JSON document") => Add(_run);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var detail = await connection.Client.GetRun(arguments.GetRequiredValue(_run), cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(detail);
        }
        else
        {
            RunCard.Print(Terminal, detail);
        }
        return ExitCode.Done;
    }
}
