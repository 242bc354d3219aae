using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>What can be wrong with a request, as RFC 9457 problem details.</summary>
internal static class Problems
{
    public static ProblemHttpResult NoArtifact(string run, string sha256) => TypedResults.Problem(
        $"'{sha256}' is no artifact of run {run}. The weights of its snapshots are listed at /api/v1/runs/{run}/snapshots, its texts in its configuration.",
        statusCode: StatusCodes.Status404NotFound, title: "No such artifact");

    public static ProblemHttpResult NoPattern(string run, int? step) => TypedResults.Problem(
        $"There is no attention to draw of run {run}{(step is { } at ? $" at step {at}" : "")}: its models have heads and it has a stored snapshot there, and the server has the kernels, or there is nothing. Its snapshots are listed at /api/v1/runs/{run}/snapshots.",
        statusCode: StatusCodes.Status404NotFound, title: "No attention pattern");

    public static ProblemHttpResult NoCircuits(string run, int layer, int head, int? step) => TypedResults.Problem(
        $"There is no head {layer}.{head} to take apart of run {run}{(step is { } at ? $" at step {at}" : "")}: its models have that head and it has a stored snapshot there, and the server has the kernels, or there is nothing. Its snapshots are listed at /api/v1/runs/{run}/snapshots.",
        statusCode: StatusCodes.Status404NotFound, title: "No circuits");

    public static ProblemHttpResult NoComposition(string run, int? step) => TypedResults.Problem(
        $"No head of run {run} was measured{(step is { } at ? $" at step {at}" : "")}: its models have heads and it has a measured snapshot there, or there is nothing. Its snapshots are listed at /api/v1/runs/{run}/snapshots.",
        statusCode: StatusCodes.Status404NotFound, title: "No measured heads");

    public static ProblemHttpResult NoSweepComposition(SweepRow sweep, int step) => TypedResults.Problem(
        $"No run of sweep {sweep.Name} has a snapshot at step {step}. The steps of its snapshots stand under 'conditions' at /api/v1/sweeps/{sweep.Id}/findings.",
        statusCode: StatusCodes.Status404NotFound, title: "No such snapshot");

    public static ProblemHttpResult LostArtifact(string run, string reason) => TypedResults.Problem(
        $"An artifact of run {run} cannot be given out: {reason}. Put the artifact folder back from a backup.",
        statusCode: StatusCodes.Status500InternalServerError, title: "An artifact is lost");

    public static ProblemHttpResult Invalid(string errors) => TypedResults.Problem(
        errors, statusCode: StatusCodes.Status400BadRequest, title: "The sweep was refused");

    public static ProblemHttpResult Wrong(string detail) => TypedResults.Problem(
        detail, statusCode: StatusCodes.Status400BadRequest, title: "The request was refused");

    public static ProblemHttpResult MissingFile(string sha256) => TypedResults.Problem(
        $"The text file with SHA-256 {sha256} is not here yet: upload it with PUT /api/v1/files/{sha256}, then submit again.",
        statusCode: StatusCodes.Status409Conflict, title: "A file is missing");
}
