using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;
using Orchestrator.Reports.Text;
using Orchestrator.Results.Findings;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Sweeps;
using Orchestrator.Silo.Http.Answers;

namespace Orchestrator.Silo.Http;

/// <summary>Head metrics of a sweep over HTTP: rows, aggregates over seeds, and trajectories over steps.</summary>
internal static class HeadEndpoints
{
    public static void MapHeads(this IEndpointRouteBuilder routes)
    {
        var sweeps = routes.MapGroup("/sweeps/{id}").WithTags("Heads");
        sweeps.MapRead("/heads", Heads).Shared();
        sweeps.MapRead("/trajectory", Trajectory).Shared();
        sweeps.MapRead("/findings", Findings).Shared();
        sweeps.MapRead("/composition", Composition).Shared();
        sweeps.MapRead("/comparison", Comparison).Shared();
    }

    /// <summary>Per-head metrics: a table of one row per run, snapshot and head; with group_by, means over runs with 95% intervals.</summary>
    internal static async Task<Results<Ok<Table>, Ok<SweepResult>, ProblemHttpResult>> Heads(
        string id, SweepDirectory directory, Unfound unfound, HeadTables heads, CancellationToken cancellation,
        string at = "final", string? group_by = null, string? where = null, int limit = Pages.Usual, string? after = null)
    {
        if (Pages.Wrong(limit, after, out var from) is { } wrongPage)
        {
            return wrongPage;
        }
        if (await directory.Find(id, cancellation) is not { } sweep)
        {
            return await unfound.Sweep(id, cancellation);
        }
        try
        {
            return group_by is null
                ? TypedResults.Ok(await heads.Rows(sweep, at, where, from, limit, cancellation))
                : TypedResults.Ok(await heads.Grouped(sweep, at, [.. GroupKeys.Split(group_by).Where(key => key.Length > 0)], where, cancellation));
        }
        catch (HeadQueryException wrong)
        {
            return Problems.Wrong(wrong.Message);
        }
    }

    /// <summary>What a sweep found, ended or not: groups, heads by what they do, circuits, thresholds, comparisons and sentences, with the conditions.</summary>
    internal static async Task<Results<Ok<SweepFindings>, ProblemHttpResult>> Findings(
        string id, SweepDirectory directory, Unfound unfound, FindingsReader reader, CancellationToken cancellation)
    {
        if (await directory.Find(id, cancellation) is not { } sweep)
        {
            return await unfound.Sweep(id, cancellation);
        }
        var findings = await reader.Of(sweep, cancellation);
        return TypedResults.Ok(findings with { Sentences = Sentences.Of(findings) });
    }

    /// <summary>Composition between roles at a snapshot: means over the runs of each group, against chance.</summary>
    internal static async Task<Results<Ok<SweepComposition>, ProblemHttpResult>> Composition(
        string id, int step, SweepDirectory directory, Unfound unfound, SweepCompositions compositions, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is not { } sweep ? await unfound.Sweep(id, cancellation)
            : await compositions.Of(sweep, step, cancellation) is { } composition ? TypedResults.Ok(composition)
            : Problems.NoSweepComposition(sweep, step);

    /// <summary>Paired differences by seed between two groups, for every metric.</summary>
    internal static async Task<Results<Ok<IReadOnlyList<GroupComparison>>, ProblemHttpResult>> Comparison(
        string id, int first, int second, SweepDirectory directory, Unfound unfound, FindingsReader reader, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is not { } sweep ? await unfound.Sweep(id, cancellation)
            : await reader.Compare(sweep, first, second, cancellation) is { } comparison ? TypedResults.Ok(comparison)
            : Problems.Wrong($"'first' and 'second' are the numbers of two groups of the sweep, from 0 to {directory.Specification(sweep).GridPoints - 1}.");

    /// <summary>The phase change: loss, in-context-learning score and heads' largest scores over steps, as means of groups and as lines of runs.</summary>
    internal static async Task<Results<Ok<SweepTrajectory>, ProblemHttpResult>> Trajectory(
        string id, SweepDirectory directory, Unfound unfound, Trajectories trajectories, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is { } sweep ? TypedResults.Ok(await trajectories.Of(sweep, cancellation)) : await unfound.Sweep(id, cancellation);
}
