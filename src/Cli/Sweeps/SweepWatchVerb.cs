using System.CommandLine;
using Orchestrator.Cli.CommandLine;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep watch</c>: follows a sweep on a server to its end.</summary>
internal sealed class SweepWatchVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();

    public SweepWatchVerb(CliServices services) : base(
        services, "watch", "Follows a sweep on a server until it ends and prints its result; Ctrl-C stops watching, not the sweep",
        "sweep watch last # follow the newest sweep",
        "sweep watch last --json # the result as one JSON document, progress on stderr") => Add(_sweep);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForServer(cancellation);
        return await new SweepFollower(Services).ToResult(connection.Client, arguments.GetRequiredValue(_sweep), arguments.WantsJson(), cancellation);
    }
}
