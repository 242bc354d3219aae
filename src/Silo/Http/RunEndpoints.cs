using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Silo.Telemetry;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Logs;

namespace Orchestrator.Silo.Http;

/// <summary>Runs and their heads over HTTP.</summary>
internal static class RunEndpoints
{
    private const int MostSequences = 2_048;

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup("/runs").WithTags("Runs");
        runs.MapRead("/{id}", Show);
        runs.MapPost("/{id}/cancel", Cancel);
        runs.MapRead("/{id}/heads/{layer:int:min(0)}.{head:int:min(0)}", Head);
        runs.MapRead("/{id}/heads/{layer:int:min(0)}.{head:int:min(0)}/circuits", Circuits);
        runs.MapRead("/{id}/snapshots", Snapshots);
        runs.MapRead("/{id}/patterns", Patterns);
        runs.MapRead("/{id}/composition", Composition);
        runs.MapRead("/{id}/curve", Curve);
        runs.MapRead("/{id}/metrics/{section}", Metrics);
        runs.MapRead("/{id}/logs", Logs);
        runs.MapRead("/{id}/artifacts/{sha256}", Artifact);
    }

    /// <summary>One run: state, configuration, results and every attempt, with the pack and the device that it was trained on.</summary>
    internal static async Task<Results<Ok<RunDetail>, ProblemHttpResult>> Show(string id, SweepDirectory directory, Unfound unfound, TracePages traces, CancellationToken cancellation) =>
        await directory.Run(id, cancellation) is { } run ? TypedResults.Ok(run with { TraceUrl = traces.Of(run.Attempts is [.., var last] ? last.Trace : null) }) : await unfound.Run(id, cancellation);

    /// <summary>Ends a run that nobody needs any more; what is stored of it stays.</summary>
    internal static async Task<Results<Ok<RunDetail>, ProblemHttpResult>> Cancel(string id, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation)
    {
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        await control.CancelRun(run.Sweep, run.Index);
        return TypedResults.Ok((await directory.Run(run.Id, cancellation))!);
    }

    /// <summary>One head's life: its metrics and its role at every snapshot, and its partners by composition.</summary>
    internal static async Task<Results<Ok<HeadView>, ProblemHttpResult>> Head(
        string id, int layer, int head, SweepDirectory directory, Unfound unfound, ISweepControl control, CancellationToken cancellation)
    {
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        return await control.Head(run, layer, head, await Threshold(run, directory, cancellation), cancellation) is { } view ? TypedResults.Ok(view) : unfound.Head(run.Id, layer, head);
    }

    /// <summary>The largest and smallest entries of a head's QK and OV circuits, as tokens.</summary>
    internal static async Task<Results<Ok<HeadCircuits>, ProblemHttpResult>> Circuits(
        string id, int layer, int head, SweepDirectory directory, Unfound unfound, IHeadPictures pictures, CancellationToken cancellation, int? step = null, int most = HeadCircuits.UsualEntries)
    {
        if (most is < 1 or > HeadCircuits.MostEntries)
        {
            return Problems.Wrong($"'most' is how many entries of either end of a circuit to give, from 1 to {HeadCircuits.MostEntries}.");
        }
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        try
        {
            return await pictures.Circuits(run, step, layer, head, most, cancellation) is { } circuits ? TypedResults.Ok(circuits) : Problems.NoCircuits(run.Id, layer, head, step);
        }
        catch (ArtifactException lost)
        {
            return Problems.LostArtifact(run.Id, lost.Message);
        }
    }

    /// <summary>The stored snapshots with the hashes of their weights (safetensors, under artifacts).</summary>
    internal static async Task<Results<Ok<IReadOnlyList<RunSnapshot>>, ProblemHttpResult>> Snapshots(
        string id, SweepDirectory directory, Unfound unfound, RunArtifacts artifacts, CancellationToken cancellation) =>
        await directory.Run(id, cancellation) is { } run ? TypedResults.Ok(await artifacts.Snapshots(run.Id, cancellation)) : await unfound.Run(id, cancellation);

    /// <summary>Attention patterns of every head over one held-out sequence, value-weighted too.</summary>
    internal static async Task<Results<Ok<IReadOnlyList<PatternPicture>>, ProblemHttpResult>> Patterns(
        string id, SweepDirectory directory, Unfound unfound, IHeadPictures pictures, CancellationToken cancellation, int? step = null, int sequence = 0)
    {
        if (sequence is < 0 or >= MostSequences)
        {
            return Problems.Wrong($"'sequence' is the number of a held-out sequence, from 0 to {MostSequences - 1}.");
        }
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        try
        {
            return await pictures.Patterns(run, step, sequence, cancellation) is { } drawn ? TypedResults.Ok(drawn) : Problems.NoPattern(run.Id, step);
        }
        catch (ArtifactException lost)
        {
            return Problems.LostArtifact(run.Id, lost.Message);
        }
    }

    /// <summary>The strongest pairs of heads by Q-, K- and V-composition at a snapshot, against chance.</summary>
    internal static async Task<Results<Ok<RunComposition>, ProblemHttpResult>> Composition(
        string id, SweepDirectory directory, Unfound unfound, RunCompositions compositions, CancellationToken cancellation, int? step = null, int most = RunComposition.UsualPairs)
    {
        if (most is < 1 or > RunComposition.MostPairs)
        {
            return Problems.Wrong($"'most' is how many of the strongest pairs of each kind to give, from 1 to {RunComposition.MostPairs}.");
        }
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        return await compositions.Of(run, step, await Threshold(run, directory, cancellation), most, cancellation) is { } composition
            ? TypedResults.Ok(composition)
            : Problems.NoComposition(run.Id, step);
    }

    /// <summary>Metrics of one run over its snapshots.</summary>
    internal static async Task<Results<Ok<RunCurve>, ProblemHttpResult>> Curve(
        string id, SweepDirectory directory, Unfound unfound, RunCurves curves, CancellationToken cancellation) =>
        await directory.Run(id, cancellation) is { } run ? TypedResults.Ok(await curves.Of(run, cancellation)) : await unfound.Run(id, cancellation);

    /// <summary>One section of what was measured of a run, such as superposition, features or token_losses, with units; no rows where it was not measured.</summary>
    internal static async Task<Results<Ok<RunMetrics>, ProblemHttpResult>> Metrics(
        string id, string section, SweepDirectory directory, Unfound unfound, RunSections sections, CancellationToken cancellation,
        [Description("The snapshot's step; without it every one.")] int? step = null)
    {
        if (!RunSections.Names.Contains(section))
        {
            return Problems.Wrong($"'{section}' is no section of metrics: give any of {string.Join(", ", RunSections.Names)}.");
        }
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        return await sections.Of(run, section, step, cancellation) is { } metrics
            ? TypedResults.Ok(metrics)
            : Problems.Wrong($"The section '{section}' of all snapshots of this run has more than {RunMetrics.MostValues} values: name one snapshot by 'step'.");
    }

    /// <summary>At which prefix matching a head counts in the sweep that asked for the run.</summary>
    private static async Task<double> Threshold(RunDetail run, SweepDirectory directory, CancellationToken cancellation) =>
        directory.Specification((await directory.Find(run.Sweep, cancellation))!).HeadThreshold;

    /// <summary>What workers and control plane logged of a run.</summary>
    internal static async Task<Results<Ok<IReadOnlyList<RunLogLine>>, ProblemHttpResult>> Logs(
        string id, SweepDirectory directory, Unfound unfound, IRunLogs logs, CancellationToken cancellation) =>
        await directory.Run(id, cancellation) is { } run ? TypedResults.Ok(await logs.Read(run.Id, cancellation)) : await unfound.Run(id, cancellation);

    /// <summary>A file of a run by its SHA-256: weights of a snapshot, or a text of its data.</summary>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Artifact(
        string id, string sha256, HttpResponse response, SweepDirectory directory, Unfound unfound, RunArtifacts artifacts, CancellationToken cancellation)
    {
        if (await directory.Run(id, cancellation) is not { } run)
        {
            return await unfound.Run(id, cancellation);
        }
        try
        {
            if (await artifacts.Find(run, sha256, cancellation) is not { } content)
            {
                return Problems.NoArtifact(run.Id, sha256);
            }
            response.Headers.CacheControl = "private, max-age=31536000, immutable"; // its name is its content
            return TypedResults.Bytes(content, "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{sha256}\""));
        }
        catch (ArtifactException lost)
        {
            return Problems.LostArtifact(run.Id, lost.Message);
        }
    }
}
