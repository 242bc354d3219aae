using System.ComponentModel;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Tables;
using Orchestrator.Silo.Http.Access;
using Orchestrator.Silo.Http.Answers;
using Orchestrator.Specification;
using Orchestrator.Specification.Expressions;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>Sweeps over HTTP.</summary>
internal static class SweepEndpoints
{
    public static void MapSweeps(this IEndpointRouteBuilder routes)
    {
        var sweeps = routes.MapGroup("/sweeps").WithTags("Sweeps");
        sweeps.MapRead("/", List);
        sweeps.MapPost("/", Submit);
        sweeps.MapRead("/{id}", Show).Shared();
        sweeps.MapRead("/{id}/status", Status).Shared();
        sweeps.MapRead("/{id}/progress", Progress).Shared();
        sweeps.MapRead("/{id}/runs", Runs).Shared();
        sweeps.MapPost("/{id}/cancel", Cancel);
        sweeps.MapPost("/{id}/measure", Measure);
        sweeps.MapPost("/{id}/projection", Rebuild);
        routes.MapPost("/plan", Plan).WithTags("Sweeps").Needs(TokenScope.Read);
    }

    /// <summary>All sweeps, the newest first, with the counts of their runs.</summary>
    internal static async Task<Ok<IReadOnlyList<SweepSummary>>> List(SweepDirectory directory, Unfound unfound, CancellationToken cancellation) =>
        TypedResults.Ok(await directory.List(cancellation));

    /// <summary>Submits a sweep, as a document or as the text of a sweep file. The same again is the same sweep.</summary>
    internal static async Task<Results<Ok<SubmitResult>, ProblemHttpResult>> Submit(
        SubmitRequest request, ISweepControl control, IArtifactStore artifacts, CancellationToken cancellation)
    {
        var (sweep, problem) = await Read(request, artifacts, cancellation);
        return sweep is null
            ? problem!
            : TypedResults.Ok(await control.Submit(sweep));
    }

    /// <summary>What a sweep would do, without doing it.</summary>
    internal static async Task<Results<Ok<PlanResult>, ProblemHttpResult>> Plan(SubmitRequest request, Planner planner, CancellationToken cancellation)
    {
        var (sweep, problem) = await Read(request, null, cancellation);
        return sweep is null ? problem! : TypedResults.Ok(await planner.Plan(sweep, cancellation));
    }

    /// <summary>A sweep with its groups: what the runs of each point of its grid came to, with 95% intervals.</summary>
    internal static async Task<Results<Ok<SweepResult>, ProblemHttpResult>> Show(
        string id, SweepDirectory directory, SweepResults results, Unfound unfound, ISweepControl control, CancellationToken cancellation)
    {
        if (await directory.Find(id, cancellation) is not { } sweep)
        {
            return await unfound.Sweep(id, cancellation);
        }
        var result = await results.Of(sweep, cancellation);
        return TypedResults.Ok(result with { Sweep = result.Sweep with { Waiting = await Waiting(sweep, control) } });
    }

    /// <summary>Where a sweep stands: state, counts of runs, time.</summary>
    internal static async Task<Results<Ok<SweepStatus>, ProblemHttpResult>> Status(
        string id, SweepDirectory directory, SweepResults results, Unfound unfound, ISweepControl control, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is { } sweep
            ? TypedResults.Ok(new SweepStatus(await results.Head(sweep, cancellation) with { Waiting = await Waiting(sweep, control) }, results.Elapsed(sweep)))
            : await unfound.Sweep(id, cancellation);

    // What a sweep waits for is in no row.
    private static async Task<string?> Waiting(SweepRow sweep, ISweepControl control) => sweep.State == SweepState.Running ? await control.Waiting(sweep) : null;

    /// <summary>How far a running sweep is, by groups, with steps per second and the time left.</summary>
    internal static async Task<Results<Ok<SweepProgress>, ProblemHttpResult>> Progress(string id, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is { } sweep && await control.Progress(sweep, cancellation) is { } progress
            ? TypedResults.Ok(progress)
            : await unfound.Sweep(id, cancellation);

    /// <summary>A page of runs by index; the cursor of the next one is in a header, as RFC 8288 has it.</summary>
    internal static async Task<Results<Ok<IReadOnlyList<RunDetail>>, ProblemHttpResult>> Runs(
        string id, HttpResponse response, SweepDirectory directory, FilteredRuns filtered, Unfound unfound, CancellationToken cancellation,
        [Description("Which runs count, by their configuration, state and results: 'model.layers == 2 and final_loss < 2.9'.")] string? where = null, int limit = Pages.Usual, string? after = null)
    {
        if (Pages.Wrong(limit, after, out var from) is { } wrong)
        {
            return wrong;
        }
        if (await directory.Find(id, cancellation) is not { } sweep)
        {
            return await unfound.Sweep(id, cancellation);
        }
        try
        {
            var (runs, next) = where is null
                ? (await directory.Runs(sweep, from, limit, cancellation), from + limit < sweep.TotalRuns ? from + limit : (int?)null)
                : await filtered.Of(sweep, where, from, limit, cancellation);
            if (next is not null)
            {
                response.Headers.Link = $"</api/v1/sweeps/{sweep.Id}/runs?{(where is null ? "" : $"where={Uri.EscapeDataString(where)}&")}limit={limit}&after={next}>; rel=\"next\"";
            }
            return TypedResults.Ok(runs);
        }
        catch (ExpressionException unclear)
        {
            return Problems.Wrong($"'where': {unclear.Message}.");
        }
    }

    /// <summary>Ends a sweep: runs in hand are given up, results stay.</summary>
    internal static async Task<Results<Ok<SweepSummary>, ProblemHttpResult>> Cancel(string id, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is { } sweep && await control.Cancel(sweep.Id) is { } summary
            ? TypedResults.Ok(summary)
            : await unfound.Sweep(id, cancellation);

    /// <summary>Has completed runs measured again from their stored snapshots, by measures that they lack.</summary>
    internal static async Task<Results<Ok<MeasureResult>, ProblemHttpResult>> Measure(
        string id, MeasureRequest request, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation)
    {
        var known = Enum.GetValues<Measure>().ToDictionary(Measures.Name);
        if (request.Measures?.Where(name => name is null || !known.ContainsKey(name)).Take(1).ToArray() is [var unknown])
        {
            return Problems.Wrong($"'{unknown ?? "null"}' is no measure: give any of {string.Join(", ", known.Keys)}.");
        }
        return await directory.Find(id, cancellation) is { } sweep
            && await control.Measure(sweep.Id, [.. (request.Measures ?? []).Select(name => known[name])]) is { } result
                ? TypedResults.Ok(result)
                : await unfound.Sweep(id, cancellation);
    }

    /// <summary>Makes the Parquet files of a sweep's results again, from what is stored of its runs.</summary>
    internal static async Task<Results<Ok<RebuildResult>, ProblemHttpResult>> Rebuild(string id, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation) =>
        await directory.Find(id, cancellation) is { } sweep ? TypedResults.Ok(await control.Rebuild(sweep, cancellation)) : await unfound.Sweep(id, cancellation);

    /// <summary>The validated sweep, or the problem. With a store, every text file that the sweep names must have been uploaded.</summary>
    private static async Task<(Sweep? Sweep, ProblemHttpResult? Problem)> Read(SubmitRequest request, IArtifactStore? artifacts, CancellationToken cancellation)
    {
        if (request.Document is null == request.Yaml is null)
        {
            return (null, Problems.Wrong("The body must be {\"document\": …} with the sweep's document as JSON, or {\"yaml\": \"…\"} with the text of a sweep file."));
        }
        var (sweep, refusal) = request.Yaml is { } yaml ? Read(yaml) : Read(request.Document!);
        if (sweep is null)
        {
            return (null, Problems.Invalid(refusal));
        }
        foreach (var hash in SweepDocuments.TextHashes(sweep.Document))
        {
            if (artifacts is not null && !await artifacts.Exists(hash, cancellation))
            {
                return (null, Problems.MissingFile(hash));
            }
        }
        return (sweep, null);
    }

    private static (Sweep? Sweep, string Refusal) Read(JsonObject document)
    {
        var reading = Sweep.Parse(document);
        return reading.Succeeded ? (reading.Value, "") : (null, reading.Message);
    }

    private static (Sweep? Sweep, string Refusal) Read(string yaml)
    {
        var reading = SweepFile.ParseWithoutFiles(yaml, "sweep.yaml");
        return reading.Succeeded ? (reading.Value.Sweep, "") : (null, reading.Message);
    }
}
