using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Workers;

/// <summary><c>workers</c>: who trains.</summary>
internal sealed class WorkersVerb(CliServices services) : Verb(
    services, "workers", "Lists the workers that the server knows",
    "workers # device, slots and when each was last heard of",
    "workers --json # the same as one JSON array")
{
    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForListing(cancellation);
        var workers = connection is null ? [] : await connection.Client.ListWorkers(cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(workers);
            return ExitCode.Done;
        }
        Terminal.Print(
            [new("worker", true), new("host", true), new("device", true), new("slots"), new("GB a slot"), new("busy"), new("state", true), new("last seen (UTC)", true), new("labels", true)],
            workers.Select(worker => new[]
            {
                worker.Id, worker.Host, worker.Device, Format.Whole(worker.Slots), worker.MemoryGb > 0 ? worker.MemoryGb.ToString("0.#", CultureInfo.InvariantCulture) : "",
                Format.Whole(worker.Busy), worker.State, Format.Time(worker.LastSeen), string.Join(' ', worker.Labels),
            }),
            "no worker: ./orchestrator dev runs a server with one");
        return ExitCode.Done;
    }
}
