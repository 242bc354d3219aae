using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep list</c>: all sweeps, newest first.</summary>
internal sealed class SweepListVerb(CliServices services) : Verb(
    services, "list", "Lists all sweeps, newest first",
    "sweep list # every sweep of the server or the data folder",
    "sweep list --json # the same as one JSON array")
{
    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForListing(cancellation);
        var sweeps = connection is null ? [] : await connection.Client.ListSweeps(cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(sweeps);
            return ExitCode.Done;
        }
        Terminal.Print(
            [new("sweep", true), new("name", true), new("state", true), new("runs"), new("completed"), new("failed"), new("created (UTC)", true)],
            sweeps.Select(sweep => new[]
            {
                Format.Id(sweep.Id), sweep.Name, State(sweep), Format.Whole(sweep.Runs.Total), Format.Whole(sweep.Runs.Completed),
                Format.Whole(sweep.Runs.Failed), Format.Time(sweep.Created),
            }),
            "no sweep yet: start one with ./orchestrator quickstart, or sweep submit FILE");
        return ExitCode.Done;
    }

    /// <summary>Why a sweep cannot be read stands in the list: no other verb can show it.</summary>
    private static string State(SweepSummary sweep) =>
        sweep is { State: SweepState.Unreadable, Reason: { } reason } ? $"{Format.State(sweep.State)}: {reason}" : Format.State(sweep.State);
}
