using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep measure</c>: computes metrics that are missing from stored snapshots.</summary>
internal sealed class SweepMeasureVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string?> _measures = new("--measure")
    {
        Description = $"Measures that the sweep wants besides those it has: {string.Join(", ", Measures.Names)}",
        HelpName = "A,B",
    };
    private readonly Option<bool> _noWatch = new("--no-watch") { Description = "Ask a running server and return at once" };
    private readonly LocalWorkerOptions _worker = new();

    public SweepMeasureVerb(CliServices services) : base(
        services, "measure", "Measures the stored snapshots of completed runs again, without training: what a newer version or a longer list of measures asks for",
        "sweep measure last # metrics of this version for a sweep that was measured by an older one",
        "sweep measure last --measure terms,ablations # and measures that its file did not ask for",
        "sweep measure 5f0c1d --no-watch # leave it to a running server")
    {
        Add(_sweep);
        Add(_measures);
        Add(_noWatch);
        _worker.AddTo(this);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var (id, more, json) = (arguments.GetRequiredValue(_sweep), arguments.GetValue(_measures), arguments.WantsJson());
        if (arguments.GetValue(_noWatch))
        {
            await using var server = await Locate(arguments).ForServer(cancellation);
            var asked = await Ask(server.Client, id, more, cancellation);
            if (json)
            {
                Terminal.WriteJson(asked);
            }
            else
            {
                Terminal.Line(Opening(asked).Opening);
            }
            return ExitCode.Done;
        }
        if (await Locate(arguments).Server(cancellation) is { } connection)
        {
            await using var server = connection;
            var begun = Opening(await Ask(server.Client, id, more, cancellation));
            Terminal.Note(begun.Opening);
            return await new SweepFollower(Services).ToResult(server.Client, begun.Id, json, cancellation);
        }
        Locate(arguments).RequireSweeps();
        var command = $"sweep measure {id}{(more is null ? "" : $" --measure {more}")}";
        return await new EmbeddedSweep(Services, arguments.ReadServer(Services), json).Run(
            async client => Opening(await Ask(client, id, more, cancellation)), new LocalStart(0, Worker: _worker.Read(arguments)), command, keep: false, cancellation);
    }

    private static Task<MeasureResult> Ask(OrchestratorClient client, string id, string? more, CancellationToken cancellation) =>
        client.MeasureSweep(id, more?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), cancellation);

    private static BegunSweep Opening(MeasureResult asked) => new(asked.Id, $"sweep {asked.Name} ({Format.Id(asked.Id)}): " + asked switch
    {
        { Runs: > 0 } => $"{asked.Runs} completed runs are measured again, without training",
        { State: SweepState.Running } => "is under way; what it has completed lacks no measurement",
        _ => $"nothing to measure: every completed run has metrics of version {Versions.Metrics} for all its measures",
    });
}
