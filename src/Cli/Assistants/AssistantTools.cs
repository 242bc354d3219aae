using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Server;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Tables;
using Orchestrator.Specification;

namespace Orchestrator.Cli.Assistants;

/// <summary>What an assistant may ask; what it may start only where whoever runs it allows that.</summary>
/// <param name="connect">Gives a client of the server, or of the data folder.</param>
/// <param name="maySubmit">Whether sweeps may be started.</param>
[McpServerToolType]
internal sealed class AssistantTools(Func<CancellationToken, Task<OrchestratorClient>> connect, bool maySubmit)
{
    private const int MostRows = 200;

    [McpServerTool(Name = "list_sweeps", ReadOnly = true), Description("Sweeps of small attention-only transformers, newest first: id, name, state, and runs by state. A run is one model trained from one seed.")]
    public async Task<string> ListSweeps(CancellationToken cancellation) => Text(await (await connect(cancellation)).ListSweeps(cancellation));

    [McpServerTool(Name = "describe_tables", ReadOnly = true), Description("The tables that 'query' reads, their columns with units and meanings, and ten example questions with their SQL.")]
    public static string DescribeTables() => Text(new { Tables = ResultTables.All, Questions = ResultQuestions.All });

    [McpServerTool(Name = "query", ReadOnly = true), Description("Answers one SELECT (DuckDB's dialect) over runs, heads, pairs, curves, terms, circuits; it reads and reaches nothing else. At most 200 rows. "
        + "The unit of replication is the run (seed), not the head: aggregate heads within runs first, and never average heads by their index over seeds, they are exchangeable.")]
    public async Task<string> Query([Description("One SELECT.")] string sql, CancellationToken cancellation) => Text(await (await connect(cancellation)).Query(sql, MostRows, cancellation));

    [McpServerTool(Name = "group_table", ReadOnly = true), Description("A sweep's groups: one per point of its grid, or by the keys given (axes, layer, role, rank(METRIC)). Every estimate has n and a 95% interval: "
        + "shares Wilson, means t over runs, the transition step a Kaplan-Meier median (censored: runs that never crossed). Null bounds mean too few runs to have one.")]
    public async Task<string> GroupTable(
        [Description("Id, unique prefix, name, or 'last'.")] string sweep, [Description("Keys such as model.layers,layer,role; leave out for the grid.")] string? groupBy = null, CancellationToken cancellation = default)
    {
        var client = await connect(cancellation);
        return Text(groupBy is null ? await client.GetSweep(sweep, cancellation) : await client.GetHeadGroups(sweep, [.. Contracts.Api.GroupKeys.Split(groupBy)], cancellation: cancellation));
    }

    [McpServerTool(Name = "compare_groups", ReadOnly = true), Description("What a sweep supports: sentences with their queries, groups that differ in one axis compared (runs of the same seed paired, t interval and p; "
        + "the transition by a log-rank test; p adjusted by Benjamini-Hochberg over all comparisons), and its circuits.")]
    public async Task<string> CompareGroups([Description("Id, unique prefix, name, or 'last'.")] string sweep, CancellationToken cancellation)
    {
        var findings = await (await connect(cancellation)).GetFindings(sweep, cancellation);
        return Text(new { findings.Sentences, Groups = findings.Groups.Select(group => new { group.By, group.Circuits }), findings.Comparisons, findings.Conditions.Seeds, findings.Conditions.Threshold });
    }

    [McpServerTool(Name = "plan_sweep", ReadOnly = true), Description("What a sweep file would do, without doing it: runs, what exists already, snapshots, estimated device time. Takes the file's YAML; what is wrong in it is told with its place and the fix.")]
    public async Task<string> PlanSweep([Description("The sweep file as YAML.")] string yaml, CancellationToken cancellation) => Text(await (await connect(cancellation)).Plan(Read(yaml), cancellation));

    [McpServerTool(Name = "submit_sweep", Destructive = false, Idempotent = true), Description("Starts a sweep from the YAML of a sweep file. The same file submitted twice is the same sweep. Plan it first and say what it will cost.")]
    public async Task<string> SubmitSweep([Description("The sweep file as YAML.")] string yaml, CancellationToken cancellation) => maySubmit
        ? Text(await (await connect(cancellation)).Submit(Read(yaml), cancellation))
        : throw new ModelContextProtocol.McpException("sweeps may not be started from here: whoever runs this server allows it with --submit");

    private static JsonObject Read(string yaml)
    {
        var reading = SweepFile.Parse(yaml, "sweep.yaml");
        return reading.Succeeded ? reading.Value.Json : throw new ModelContextProtocol.McpException(reading.Message);
    }

    private static string Text<T>(T answer) => JsonSerializer.Serialize(answer, Json.Options);
}
