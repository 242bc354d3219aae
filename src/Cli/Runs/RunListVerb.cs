using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run list</c>: the runs of a sweep.</summary>
internal sealed class RunListVerb : Verb
{
    private static readonly Metric Loss = MetricTable.Find("run", "loss")!;
    private static readonly Metric PrefixMatching = MetricTable.Find(MetricTable.Results, MetricTable.PrefixMatchingMax)!;
    private readonly Argument<string> _sweep = SweepArguments.Id();

    public RunListVerb(CliServices services) : base(
        services, "list", "Lists the runs of a sweep with their states, and why they failed",
        "run list last # every run of the newest sweep",
        "run list last --json # the same as one JSON array") => Add(_sweep);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var runs = await connection.Client.ListRuns(arguments.GetRequiredValue(_sweep), cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(runs.Select(run => run with { Attempts = null }));
            return ExitCode.Done;
        }
        Terminal.Print(
            [new("#"), new("run", true), new("state", true), new("step"), new("seed"), new("model", true), new(runs.Any(run => run.Config.Model.HeadsPerLayer > 0) ? Loss.Heading! : Loss.Name), new(PrefixMatching.Heading!), new("reason", true)],
            runs.Select(Row),
            "no run has been handed out yet");
        return ExitCode.Done;
    }

    private static string[] Row(RunDetail run) =>
    [
        Format.Whole(run.Index), Format.Id(run.Id), Format.State(run.State), $"{run.Steps}/{run.FinalStep}",
        run.Config.Seed.ToString(CultureInfo.InvariantCulture), ModelColumns.Line(run.Config.Model),
        Format.Score(run.FinalLoss), Format.Score(run.PrefixMatchingMax), run.Reason ?? "",
    ];
}
