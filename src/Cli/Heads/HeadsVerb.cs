using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Cli.Heads;

/// <summary><c>heads</c>: metrics of single heads, or aggregated over seeds.</summary>
internal sealed class HeadsVerb : Verb
{
    private readonly Argument<string> _sweep = SweepArguments.Id();
    private readonly Option<string?> _where = new("--where")
    {
        Description = $"Keep rows for which this holds: literals, comparison, and, or, not, in; names are run, seed, step, layer, head, role ({string.Join(", ", HeadRoles.All)}), the values of the configuration, "
            + $"and {string.Join(", ", MetricTable.Section("heads").Select(metric => metric.Name))}",
        HelpName = "EXPR",
    };
    private readonly Option<string?> _groupBy = new("--group-by") { Description = "Aggregate over seeds by axes of the grid (runs that differ in one that is left out are pooled, which is told), layer, role (what a head does), rank(METRIC) within the run or rank(METRIC, layer) within its layer", HelpName = "A,B" };
    private readonly TableOptions _table = new();
    private readonly Option<string?> _at = new Option<string?>("--at") { Description = "Which snapshots: final (default), all, transition, or a step", HelpName = "WHEN" }.NamesSnapshots("final", "all", "transition");

    public HeadsVerb(CliServices services) : base(
        services, "heads", "Prints metrics of every head, or their means over seeds with n and 95% intervals",
        "heads last # every head of every run at the last step",
        "heads last --group-by model.layers,layer,role # means over seeds with intervals, heads by what they do",
        "heads last --group-by \"model.layers,rank(prefix_matching)\" # the strongest head of each run, the second …",
        "heads last --where \"role == 'induction'\" # the induction heads",
        "heads last --sort=-prefix_matching --limit 10 --columns run,layer,head,prefix_matching # the ten strongest",
        "heads last --all --format csv # every head as CSV",
        "heads last --group-by model.layers,layer,role --sort=-prefix_matching --format csv # means and the ends of their intervals as CSV",
        "heads last --at all --json # every snapshot as one JSON document")
    {
        Add(_sweep);
        Add(_where);
        Add(_groupBy);
        Add(_at);
        _table.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_groupBy) is not null && _table.Whole(result, "groups are few and come all at once: leave it out with --group-by, or give --limit") is { } wrong)
            {
                result.AddError(wrong);
            }
        });
        _groupBy.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Names(result.Tokens[0].Value).Any(name => name.Length == 0))
            {
                result.AddError($"--group-by '{result.Tokens[0].Value}': give names between commas, such as model.layers,layer");
            }
        });
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForReading(cancellation);
        var id = arguments.GetRequiredValue(_sweep);
        return arguments.GetValue(_groupBy) is { } names
            ? await Grouped(connection.Client, id, Names(names), arguments, cancellation)
            : await Rows(connection.Client, id, arguments, cancellation);
    }

    private async Task<int> Rows(OrchestratorClient client, string id, ParseResult arguments, CancellationToken cancellation)
    {
        var pages = await _table.Pages(
            arguments, (after, limit) => client.GetHeads(id, arguments.GetValue(_at), arguments.GetValue(_where), after, limit, cancellation), page => page.Next);
        var heads = _table.Apply(arguments, pages[^1] with { Rows = [.. pages.SelectMany(page => page.Rows)] });
        if (_table.Format(arguments) is "table" && !_table.Chooses(arguments))
        {
            HeadTable.Print(Terminal, heads);
        }
        else
        {
            TableOptions.Print(Terminal, heads, _table.Format(arguments));
        }
        return ExitCode.Done;
    }

    private async Task<int> Grouped(OrchestratorClient client, string id, string[] names, ParseResult arguments, CancellationToken cancellation)
    {
        var groups = await client.GetHeadGroups(id, names, arguments.GetValue(_at), arguments.GetValue(_where), cancellation);
        if (groups.Pooled is { Count: > 0 } pooled)
        {
            Terminal.Note($"note: groups pool runs that differ in {string.Join(", ", pooled)}; add {string.Join(',', pooled)} to --group-by to keep them apart");
        }
        var table = HeadGroupRows.Of(groups, names);
        var format = _table.Format(arguments);
        if (_table.Chooses(arguments) || format is "csv")
        {
            TableOptions.Print(Terminal, _table.Apply(arguments, table), format);
            return ExitCode.Done;
        }
        var shown = groups with { Groups = [.. _table.Order(arguments, table).Select(i => groups.Groups[i])] };
        if (format is "json")
        {
            Terminal.WriteJson(shown);
        }
        else
        {
            HeadGroupTable.Print(Terminal, shown);
        }
        if (shown.Groups.Count < groups.Groups.Count)
        {
            TableOptions.NoteMore(Terminal, shown.Groups.Count, "groups", null);
        }
        return ExitCode.Done;
    }

    private static string[] Names(string list) => [.. GroupKeys.Split(list)];
}
