using System.CommandLine;
using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Runs;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep plan</c>: what a sweep file would do, without doing it.</summary>
internal sealed class SweepPlanVerb : Verb
{
    private readonly Argument<string> _file = SweepArguments.File();

    public SweepPlanVerb(CliServices services) : base(
        services, "plan", "Expands and checks a sweep file without starting anything",
        "sweep plan recipes/quickstart.yaml # runs, packs, snapshots, what exists already, the first rows",
        "sweep plan FILE --json # the same as one JSON document") => Add(_file);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var loaded = Services.SweepFiles.Load(Path.GetFullPath(arguments.GetRequiredValue(_file), Services.WorkingFolder), cancellation);
        await using var connection = await Locate(arguments).ForPlanning(cancellation);
        var plan = await connection.Client.Plan(loaded.Document, cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(plan);
            return ExitCode.Done;
        }
        Terminal.Line($"sweep {plan.Name} ({Format.Id(plan.Sweep)})");
        Terminal.Line($"  runs       {plan.Runs.Total}: {plan.Runs.New} to train, {plan.Runs.Existing} exist already");
        Terminal.Line($"  packs      {plan.Packs} (runs of one shape, trained together)");
        Terminal.Line($"  tasks      {plan.Tasks}");
        Terminal.Line($"  snapshots  {plan.Snapshots}");
        Terminal.Line($"  heads      {plan.Heads} head measurements");
        Terminal.Line($"  time       {(plan.DeviceSeconds is { } seconds ? $"about {Format.Duration(seconds)} of one device slot" : "not known yet: no run of this shape was timed")}");
        Terminal.Line();
        PrintFirst(plan);
        return ExitCode.Done;
    }

    private void PrintFirst(PlanResult plan)
    {
        RunConfiguration[] first = [.. plan.First.Select(row => row.Deserialize<RunConfiguration>(Json.Options)!)];
        Terminal.Print(
            [new("first runs"), new("seed"), .. first.Take(1).SelectMany(ModelColumns.Of).Select(column => new Column(column.Heading)), new("steps"), new("batch"), new("lr")],
            first.Select((run, i) => (IReadOnlyList<string>)
            [
                Format.Whole(i), run.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture), .. ModelColumns.Of(run).Select(column => column.Value),
                Format.Whole(run.Train.Steps), Format.Whole(run.Train.Batch), run.Train.Lr.ToString("G3", System.Globalization.CultureInfo.InvariantCulture),
            ]));
    }
}
