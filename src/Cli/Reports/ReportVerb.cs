using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Sweeps;

namespace Orchestrator.Cli.Reports;

/// <summary><c>report</c>: a sweep as one page.</summary>
internal sealed class ReportVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string> _out = new Option<string>("--out") { Description = "The page", HelpName = "FILE.html", Required = true }.NamesPath();
    private readonly Option<string?> _plots = new Option<string?>("--plots") { Description = "Also write every plot as an SVG file into this folder", HelpName = "DIR" }.NamesPath();

    public ReportVerb(CliServices services) : base(
        services, "report", "Writes one page with the sentences that a sweep supports, its plots, tables, attention patterns and conditions; it needs no network",
        "report last --out report.html # the newest sweep",
        "report last --out report.html --plots figures # and each plot as an SVG file")
    {
        Add(_sweep);
        Add(_out);
        Add(_plots);
        _out.Validators.Add(result =>
        {
            if (result.Tokens is [var file] && Path.GetExtension(file.Value).ToLowerInvariant() is not (".html" or ".htm"))
            {
                result.AddError($"--out {file.Value}: a report is a page, so name it {Path.ChangeExtension(file.Value, ".html")}");
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var content = await ReportContent.Of(connection.Client, arguments.GetRequiredValue(_sweep), cancellation);
        var page = Path.GetFullPath(arguments.GetRequiredValue(_out), Services.WorkingFolder);
        ReportFile.Write(page, content.Page());
        var plots = new List<string>();
        if (arguments.GetValue(_plots) is { } named)
        {
            var folder = Path.GetFullPath(named, Services.WorkingFolder);
            foreach (var plot in content.Plots())
            {
                plots.Add(Path.Combine(folder, plot.Name + ".svg"));
                ReportFile.Write(plots[^1], plot.ToStandaloneSvg());
            }
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { Sweep = content.Findings.Result.Sweep.Id, Report = page, Plots = plots });
            return ExitCode.Done;
        }
        foreach (var finding in content.Findings.Sentences)
        {
            Terminal.Line(finding.Text);
        }
        Terminal.Line($"report: {page}");
        if (plots.Count > 0)
        {
            Terminal.Line($"plots: {plots.Count} in {Path.GetDirectoryName(plots[0])}");
        }
        return ExitCode.Done;
    }
}
