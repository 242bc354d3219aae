using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run cancel</c>: ends a run on request.</summary>
internal sealed class RunCancelVerb : Verb
{
    private readonly Argument<string> _run = RunArguments.Id();

    public RunCancelVerb(CliServices services) : base(
        services, "cancel", "Ends one run; the others of its sweep go on",
        "run cancel a1b2c3 # by the first characters of its id") => Add(_run);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForChanging(cancellation);
        var detail = await connection.Client.CancelRun(arguments.GetRequiredValue(_run), cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(detail);
        }
        else
        {
            Terminal.Line($"run {Format.Id(detail.Id)} is {Format.State(detail.State)} at step {detail.Steps} of {detail.FinalStep}");
        }
        return ExitCode.Done;
    }
}
