using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports;
using Orchestrator.Reports.Plots;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Reports;

/// <summary>Everything that a report shows of a sweep, asked of a server.</summary>
/// <param name="Findings">Groups, runs, circuits, comparisons, sentences.</param>
/// <param name="Trajectory">Metrics over training.</param>
/// <param name="Patterns">Attention of the strongest heads, with what to say of each.</param>
internal sealed record ReportContent(SweepFindings Findings, SweepTrajectory Trajectory, IReadOnlyList<(PatternPicture Pattern, string Caption)> Patterns)
{
    private const int MostRuns = 6;

    public static async Task<ReportContent> Of(OrchestratorClient client, string sweep, CancellationToken cancellation)
    {
        var findings = await client.GetFindings(sweep, cancellation);
        return new ReportContent(findings, await client.GetTrajectory(sweep, cancellation), await Strongest(client, findings, cancellation));
    }

    /// <summary>The page.</summary>
    public string Page() => ReportPage.Render(Findings, Trajectory, Patterns);

    /// <summary>Every plot of the page.</summary>
    public IReadOnlyList<Plot> Plots() => ReportPage.Plots(Findings, Trajectory);

    /// <summary>Of groups with heads, the run with the largest prefix matching: its induction head, and the previous-token head before it.</summary>
    private static async Task<IReadOnlyList<(PatternPicture, string)>> Strongest(OrchestratorClient client, SweepFindings findings, CancellationToken cancellation)
    {
        var names = new AxisNames(findings.Groups.Select(group => group.By));
        var runs = findings.Groups.SelectMany(group => group.Runs.Where(run => run.Circuit is not null).OrderByDescending(run => run.Circuit!.PrefixMatching).Take(1).Select(run => (group.By, Run: run)))
            .OrderByDescending(found => found.Run.Circuit!.PrefixMatching).Take(MostRuns);
        var pictures = new List<(PatternPicture, string)>();
        foreach (var (by, run) in runs)
        {
            var drawn = await client.GetPatterns(run.Run, cancellation: cancellation);
            var circuit = run.Circuit!;
            var where = $"{names.Point(by)}, seed {run.Seed}";
            if (circuit is { PreviousLayer: { } layer, PreviousHead: { } head })
            {
                pictures.Add((Of(drawn, layer, head), $"{where}: head {layer}.{head}, previous-token {Format.Score(circuit.PreviousToken)}"));
            }
            pictures.Add((Of(drawn, circuit.InductionLayer, circuit.InductionHead), $"{where}: head {circuit.InductionLayer}.{circuit.InductionHead}, prefix matching {Format.Score(circuit.PrefixMatching)}"));
        }
        return pictures;
    }

    private static PatternPicture Of(IReadOnlyList<PatternPicture> drawn, int layer, int head) => drawn.Single(picture => (picture.Layer, picture.Head) == (layer, head));
}
