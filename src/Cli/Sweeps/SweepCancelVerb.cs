using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep cancel</c>: ends a sweep on request.</summary>
internal sealed class SweepCancelVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();

    public SweepCancelVerb(CliServices services) : base(
        services, "cancel", "Ends a sweep; completed runs keep their results",
        "sweep cancel last # end the newest sweep") => Add(_sweep);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForChanging(cancellation);
        var summary = await connection.Client.CancelSweep(arguments.GetRequiredValue(_sweep), cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(summary);
        }
        else
        {
            Terminal.Line($"sweep {summary.Name} ({Format.Id(summary.Id)}) is {Format.State(summary.State)}; {Format.Counts(summary.Runs)}");
        }
        return ExitCode.Done;
    }
}
