using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Reports;
using Orchestrator.Reports.Plots;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep show</c>: what a sweep found so far.</summary>
internal sealed class SweepShowVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string?> _plot = new Option<string?>("--plot")
    {
        Description = "Also draw prefix matching (of toy models the loss) over training steps into this SVG file",
        HelpName = "FILE.svg",
    }.NamesPath();

    public SweepShowVerb(CliServices services) : base(
        services, "show", "Prints the result table of a sweep: one row per point of its grid, with 95% intervals",
        "sweep show last # the newest sweep",
        "sweep show last --json # the same as one JSON document",
        "sweep show 5f0c1d --plot phase-change.svg # and the plot of the phase change")
    {
        Add(_sweep);
        Add(_plot);
        _plot.Validators.Add(result =>
        {
            if (result.Tokens is [var file] && Path.GetExtension(file.Value) is { Length: > 0 } kind && !kind.Equals(".svg", StringComparison.OrdinalIgnoreCase))
            {
                result.AddError($"--plot {file.Value}: plots are SVG, so name it {Path.ChangeExtension(file.Value, ".svg")}");
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var settings = arguments.ReadServer(Services);
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var result = await connection.Client.GetSweep(arguments.GetRequiredValue(_sweep), cancellation);
        var report = ReportFile.PathIn(settings.DataFolder, result.Sweep.Id);
        result = result with { Report = result.Report ?? (File.Exists(report) ? report : null) };
        if (arguments.GetValue(_plot) is { } file)
        {
            var path = Path.GetFullPath(file, Services.WorkingFolder);
            var trajectory = await connection.Client.GetTrajectory(result.Sweep.Id, cancellation);
            ReportFile.Write(path, (ResultColumns.IsOfToys(result) ? Curves.ToyLoss(trajectory) : Curves.PrefixMatching(trajectory)).ToStandaloneSvg());
            Terminal.Note($"plot: {path}");
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(result);
            return ExitCode.Done;
        }
        SweepResultTable.Print(Terminal, result);
        var findings = await connection.Client.GetFindings(result.Sweep.Id, cancellation);
        if (findings.Sentences.Count > 0)
        {
            Terminal.Line();
        }
        foreach (var finding in findings.Sentences)
        {
            Terminal.Line(finding.Text);
        }
        if (result.Report is { } page)
        {
            Terminal.Line($"report: {page}");
        }
        return ExitCode.Done;
    }
}
