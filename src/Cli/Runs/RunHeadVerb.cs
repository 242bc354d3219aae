using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary><c>run head</c>: the life of one head.</summary>
internal sealed class RunHeadVerb : Verb
{
    private readonly Argument<string> _run = RunArguments.Id();
    private const string Shades = " .:-=+*#%@";
    private readonly Option<int?> _at = new("--at") { Description = "Also show what it attends to at the snapshot of this step, over a held-out sequence (rows are queries, columns keys)", HelpName = "STEP" };
    private readonly Argument<string> _head = new("L.H") { Description = "Layer and head, both from 0, such as 1.0" };

    public RunHeadVerb(CliServices services) : base(
        services, "head", "Shows one head of a run over its snapshots: what it does and since when, and which earlier heads it reads",
        "run head a1b2c3 1.0 # the first head of the second layer",
        "run head a1b2c3 1.0 --at 300 # and its attention pattern at step 300",
        "run head a1b2c3 1.0 --json # every metric of every snapshot")
    {
        Add(_at);
        Add(_run);
        Add(_head);
        _head.Validators.Add(result =>
        {
            if (HeadName.Parse(result.Tokens[0].Value) is null)
            {
                result.AddError(HeadName.Refusal(result.Tokens[0].Value));
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var (layer, head) = HeadName.Parse(arguments.GetRequiredValue(_head))!.Value;
        var view = await connection.Client.GetHead(arguments.GetRequiredValue(_run), layer, head, cancellation);
        var pattern = arguments.GetValue(_at) is { } step
            ? (await connection.Client.GetPatterns(view.Run, step, cancellation: cancellation)).Single(picture => (picture.Layer, picture.Head) == (layer, head))
            : null;
        if (arguments.WantsJson())
        {
            var document = JsonSerializer.SerializeToNode(view, Json.Options)!.AsObject();
            if (pattern is not null)
            {
                document["pattern"] = JsonSerializer.SerializeToNode(pattern, Json.Options);
            }
            Terminal.WriteJson(document);
            return ExitCode.Done;
        }
        Print(view);
        if (pattern is not null)
        {
            Print(pattern);
        }
        return ExitCode.Done;
    }

    /// <summary>A character for each weight, darker for more (by its square root); tokens at the left.</summary>
    private void Print(PatternPicture pattern)
    {
        Terminal.Line();
        Terminal.Line($"Attention at step {pattern.Step}: a row for each query with its token, a column for each key; {Shades.Trim()} from little to all (square root)");
        var size = pattern.Tokens.Count;
        string[] tokens = [.. pattern.Spelled ?? pattern.Tokens.Select(token => token.ToString(CultureInfo.InvariantCulture))];
        var width = tokens.Max(token => token.Length);
        for (var query = 0; query < size; query++)
        {
            var row = string.Concat(Enumerable.Range(0, query + 1).Select(key => Shades[(int)Math.Round((Shades.Length - 1) * Math.Sqrt(pattern.Weights[query * size + key] / 255.0))]));
            Terminal.Line($"{tokens[query].PadLeft(width)}  {row}".TrimEnd());
        }
    }

    private void Print(HeadView view)
    {
        Terminal.Line($"head {view.Layer}.{view.Head} of run {Format.Id(view.Run)}: {(view.Role is null ? "no role, heads were not measured" : $"{view.Role} since the snapshot of step {view.RoleSince}")}");
        Terminal.Line();
        var metrics = MetricTable.Section("heads").Where(metric => metric.Heading is not null && view.Points.Any(point => point.Metrics.ContainsKey(metric.Name))).ToList();
        Terminal.Print(
            [new("step"), new("role", true), .. metrics.Select(metric => new Column(metric.Heading!))],
            view.Points.Select(point => (IReadOnlyList<string>)
            [
                Format.Whole(point.Step), point.Role ?? Format.Nothing, .. metrics.Select(metric => Format.Score(point.Metrics.GetValueOrDefault(metric.Name))),
            ]), "no snapshot is measured yet");
        if (view.Partners.Count > 0)
        {
            Terminal.Line();
            Terminal.Line("Composition with earlier heads above random weights, at the last step:");
            Terminal.Print(
                [new("from"), new("Q"), new("K"), new("V")],
                view.Partners.Select(partner => new[] { partner.From, Format.Score(partner.QExcess), Format.Score(partner.KExcess), Format.Score(partner.VExcess) }));
        }
        Terminal.Line();
        foreach (var line in Meanings.Lines(metrics))
        {
            Terminal.Line(line);
        }
    }
}
