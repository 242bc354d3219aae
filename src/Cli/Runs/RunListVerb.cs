using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;
using Orchestrator.Results.Tables;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run list</c>: the runs of a sweep.</summary>
internal sealed class RunListVerb : Verb
{
    private static readonly Metric Loss = MetricTable.Find("run", "loss")!;
    private static readonly Metric PrefixMatching = MetricTable.Find(MetricTable.Results, MetricTable.PrefixMatchingMax)!;
    private readonly TableOptions _table = new();
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string?> _where = new("--where")
    {
        Description = $"Keep runs for which this holds: literals, comparison, and, or, not, in; names are {string.Join(", ", FilteredRuns.Names)}, and the values of the configuration, seed among them",
        HelpName = "EXPR",
    };

    public RunListVerb(CliServices services) : base(
        services, "list", "Lists the runs of a sweep with their states, and why they failed",
        "run list last # every run of the newest sweep",
        "run list last --sort final_loss --limit 5 # the five best",
        "run list last --where \"model.layers == 2 and transition_step > 150\" # those for which this holds",
        "run list last --columns run,seed,transition_step --format csv # columns of choice as CSV",
        "run list last --json # the same as one JSON array")
    {
        Add(_sweep);
        Add(_where);
        _table.AddTo(this);
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var sweep = arguments.GetRequiredValue(_sweep);
        var pages = await _table.Pages(arguments, (after, limit) => connection.Client.GetRuns(sweep, after, limit, arguments.GetValue(_where), cancellation), page => page.Next);
        IReadOnlyList<RunDetail> runs = [.. pages.SelectMany(page => page.Runs)];
        var (format, next) = (_table.Format(arguments), pages[^1].Next);
        if (_table.Shapes(arguments) || format == "csv")
        {
            TableOptions.Print(Terminal, _table.Apply(arguments, Rows(runs, next)), format);
            return ExitCode.Done;
        }
        if (format == "json")
        {
            Terminal.WriteJson(runs.Select(run => run with { Attempts = null }));
            More();
            return ExitCode.Done;
        }
        Terminal.Print(
            [new("#"), new("run", true), new("state", true), new("step"), new("seed"), new("model", true), new(runs.Any(run => run.Config.Model.HeadsPerLayer > 0) ? Loss.Heading! : Loss.Name), new(PrefixMatching.Heading!), new("transition"), new("reason", true)],
            runs.Select(Row),
            arguments.GetValue(_where) is null ? "no run has been handed out yet" : "no run fits --where");
        More();
        return ExitCode.Done;

        void More()
        {
            if (next is not null)
            {
                TableOptions.NoteMore(Terminal, runs.Count, "runs", next);
            }
        }
    }

    /// <summary>What can be chosen, sorted and written as CSV.</summary>
    private static Table Rows(IReadOnlyList<RunDetail> runs, string? next) => new(
        [
            new("index", "integer"), new("run", "text"), new("state", "text"), new("step", "integer"), new("seed", "integer"), new("model", "text"), new("final_loss", "double"), new("icl_score", "double"),
            new("prefix_matching_max", "double"), new("transition_step", "double"), new("reason", "text"),
        ],
        [.. runs.Select(run => (IReadOnlyList<object?>)
        [
            run.Index, run.Id, Format.State(run.State), run.Steps, run.Config.Seed, ModelColumns.Line(run.Config.Model), run.FinalLoss, run.IclScore, run.PrefixMatchingMax, run.TransitionStep, run.Reason,
        ])],
        next is not null)
    { Next = next };

    private static string[] Row(RunDetail run) =>
    [
        Format.Whole(run.Index), Format.Id(run.Id), Format.State(run.State), $"{run.Steps}/{run.FinalStep}",
        run.Config.Seed.ToString(CultureInfo.InvariantCulture), ModelColumns.Line(run.Config.Model),
        Format.Score(run.FinalLoss), Format.Score(run.PrefixMatchingMax), Format.Whole(run.TransitionStep), run.Reason ?? "",
    ];
}
