using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Tables;
using Orchestrator.Specification;

namespace Orchestrator.Silo.Http.Assistants;

/// <summary>What an assistant may ask; what it may start only where whoever runs it allows that.</summary>
/// <param name="client">Asks the server, or the data folder, as whoever the assistant works for.</param>
/// <param name="maySubmit">Whether sweeps may be started, as far as the server lets this client.</param>
internal sealed class AssistantTools(OrchestratorClient client, bool maySubmit)
{
    private const int MostRows = 200;
    private const string SweepYaml = "The sweep file as YAML. Texts are named by content, as { name, sha256, bytes } of files that the server has: paths are not opened.";

    [McpServerTool(Name = "list_sweeps", ReadOnly = true), Description("Sweeps of small attention-only transformers, newest first: id, name, state, and runs by state. A run is one model trained from one seed.")]
    public Task<CallToolResult> ListSweeps(CancellationToken cancellation) => Answer(client.ListSweeps(cancellation));

    [McpServerTool(Name = "describe_tables", ReadOnly = true), Description("The tables that 'query' reads, their columns with units and meanings, and ten example questions with their SQL.")]
    public static CallToolResult DescribeTables() => Answer(new { Tables = ResultTables.All, Questions = ResultQuestions.All });

    [McpServerTool(Name = "query", ReadOnly = true), Description("Answers one SELECT (DuckDB's dialect) over runs, heads, pairs, curves, terms, circuits; it reads and reaches nothing else. At most 200 rows. "
        + "The unit of replication is the run (seed), not the head: aggregate heads within runs first, and never average heads by their index over seeds, they are exchangeable.")]
    public Task<CallToolResult> Query([Description("One SELECT.")] string sql, CancellationToken cancellation) => Answer(client.Query(sql, MostRows, cancellation));

    [McpServerTool(Name = "group_table", ReadOnly = true), Description("A sweep's groups: one per point of its grid, or by the keys given (axes, layer, role, rank(METRIC)). Every estimate has n and a 95% interval: "
        + "shares Wilson, means t over runs, the transition step a Kaplan-Meier median (censored: runs that never crossed). Null bounds mean too few runs to have one.")]
    public Task<CallToolResult> GroupTable(
        [Description("Id, unique prefix, name, or 'last'.")] string sweep, [Description("Keys such as model.layers,layer,role; leave out for the grid.")] string? groupBy = null, CancellationToken cancellation = default) =>
        Answer(groupBy is null ? client.GetSweep(sweep, cancellation) : client.GetHeadGroups(sweep, [.. GroupKeys.Split(groupBy)], cancellation: cancellation));

    [McpServerTool(Name = "compare_groups", ReadOnly = true), Description("What a sweep supports: sentences with their queries, groups that differ in one axis compared (runs of the same seed paired, t interval and p; "
        + "the transition by a log-rank test; p adjusted by Benjamini-Hochberg over all comparisons), and its circuits.")]
    public Task<CallToolResult> CompareGroups([Description("Id, unique prefix, name, or 'last'.")] string sweep, CancellationToken cancellation) => Answer(Comparisons(sweep, cancellation));

    [McpServerTool(Name = "plan_sweep", ReadOnly = true), Description("What a sweep file would do, without doing it: runs, what exists already, snapshots, estimated device time. Takes the file's YAML; what is wrong in it is told with its place and the fix.")]
    public Task<CallToolResult> PlanSweep([Description(SweepYaml)] string yaml, CancellationToken cancellation) => Answer(yaml, document => client.Plan(document, cancellation));

    [McpServerTool(Name = "submit_sweep", Destructive = false, Idempotent = true), Description("Starts a sweep from the YAML of a sweep file. The same file submitted twice is the same sweep. Plan it first and say what it will cost.")]
    public Task<CallToolResult> SubmitSweep([Description(SweepYaml)] string yaml, CancellationToken cancellation) => maySubmit
        ? Answer(yaml, document => client.Submit(document, cancellation))
        : Task.FromResult(Refusal("sweeps may not be started from here: whoever runs this server allows it with --submit"));

    private async Task<object> Comparisons(string sweep, CancellationToken cancellation)
    {
        var findings = await client.GetFindings(sweep, cancellation);
        return new { findings.Sentences, Groups = findings.Groups.Select(group => new { group.By, group.Circuits }), findings.Comparisons, findings.Conditions.Seeds, findings.Conditions.Threshold };
    }

    // Whoever asks may be on another machine than the files that a path would name.
    private static Task<CallToolResult> Answer<T>(string yaml, Func<JsonObject, Task<T>> ask)
    {
        var reading = SweepFile.ParseWithoutFiles(yaml, "sweep.yaml");
        return reading.Succeeded ? Answer(ask(reading.Value.Json)) : Task.FromResult(Refusal(reading.Message));
    }

    private static async Task<CallToolResult> Answer<T>(Task<T> asked)
    {
        try
        {
            return Answer(await asked);
        }
        catch (OrchestratorException refused)
        {
            return Refusal(refused.Message);
        }
    }

    private static CallToolResult Answer<T>(T answer) => new() { Content = [new TextContentBlock { Text = JsonSerializer.Serialize(answer, Json.Options) }] };

    /// <summary>What an assistant did wrong, with the rule and the fix. An exception would be a fault of the server in its log, and the assistant would not be told its message.</summary>
    private static CallToolResult Refusal(string message) => new() { Content = [new TextContentBlock { Text = message }], IsError = true };
}
